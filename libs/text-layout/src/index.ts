export { layOutText, type TextLayout } from './text-layout.js';
