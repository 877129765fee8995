export { BatchingModule } from './batching.module.js';
export { BatchingService, type BatchingSettings } from './batching.service.js';
export type { SegmentTranslation, SegmentWork, SubmitOptions } from './segment-work.js';
