export { type DetectedLanguage, fallbackLanguage, LanguageDetector } from './language-detector.js';
