export type { CostFit } from './cost-model.js';
export { DecodeLoop, type DecodeStatistics, NO_STATISTICS } from './decode-loop.js';
export type { PolicyLimits } from './engine-policy.js';
export { type ForcedPair, type ForcedStep, forceTarget } from './forced-steps.js';
export type { LoopEvent } from './loop-event.js';
export {
  type EncodedSources,
  type EncoderBatch,
  type ModelFacts,
  type ModelPort,
  type StepBatch,
  type StepOutput,
} from './model-port.js';
export type { PagedAttention } from './paged-attention.js';
export { headSlotsOfRows, rowsOfHeadSlots } from './query-slots.js';
export { findSequenceFault, type FinishedSequence, type SequenceRequest } from './sequence.js';
