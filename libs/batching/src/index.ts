export { BatchingModule } from './batching.module.js';
export { BatchingService, type BatchingSettings } from './batching.service.js';
export { retryAfterSeconds } from './retry-after.js';
export type {
  Caller,
  DispatchedBatch,
  SegmentTranslation,
  SegmentWork,
  SubmitOptions,
} from './segment-work.js';
export { SHED_CAUSES, SHED_STAGES } from './shed-counts.js';
