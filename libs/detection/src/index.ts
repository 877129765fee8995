export { type DetectedLanguage, LanguageDetector } from './language-detector.js';
