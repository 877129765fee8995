export { visitSegments } from './icu-segments.js';
export { LANGUAGES, type Language, type LanguageTier, resolveLanguage } from './languages.js';
export { halveSegment, splitLongSegment } from './long-segment.js';
export { M2M100Tokenizer } from './m2m100-tokenizer.js';
export { splitSentences } from './segmentation.js';
export { type Alignment, alignTokens } from './token-alignment.js';
export {
  joinPieces,
  type TextPiece,
  type TextRange,
  UNSPACED_LANGUAGES,
  wholeText,
} from './text-piece.js';
