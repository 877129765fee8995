export { type RunningService, serve } from './main.js';
export { ServedModel } from './served-model.js';
export { type RunningTranslation, TranslationService } from './translation/translation.service.js';
