export { type RunningService, serve } from './main.js';
export { type LanguagePair, SegmentPlanner } from './translation/segment-planner.js';
export { ServedModel } from './served-model.js';
export { type RunningTranslation, TranslationService } from './translation/translation.service.js';
