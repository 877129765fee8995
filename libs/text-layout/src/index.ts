export type {
  LayoutOptions,
  OtherText,
  SentenceSplitting,
  TextPart,
  TranslatedPart,
} from './layout-options.js';
export { HTML, type MarkupOptions } from './markup-options.js';
export type { MarkupSyntax } from './markup-scanner.js';
export { layOutText, readableText, type TextLayout } from './text-layout.js';
