export { BatchingModule } from './batching.module.js';
export { BatchingService, type BatchingSettings } from './batching.service.js';
export type { Caller, SegmentTranslation, SegmentWork, SubmitOptions } from './segment-work.js';
export type { ShedCause, ShedStage } from './shed-counts.js';
