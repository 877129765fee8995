export { availableCores } from './cpu-share.js';
export type { EngineLog } from './engine-log.js';
export { InferenceModule } from './inference.module.js';
export {
  type EngineCapacity,
  type EngineOverview,
  type EngineTicket,
  InferenceService,
  type InferenceSettings,
  type InferenceState,
  type InferenceStatistics,
} from './inference.service.js';
export { defaultEngineLimits } from './engine-limits.js';
export { type EngineWishes, planEngines } from './engine-plan.js';
export { runSelfTest } from './engine/self-test.js';
export { OnnxModel } from './onnx/onnx-model.js';
export { packGraphs } from './packing/pack-graphs.js';
export type { EngineSettings, EngineStatus } from './protocol/messages.js';
export {
  END_CAUSES,
  type EndCause,
  SUPERVISION_LIMITS,
  type SupervisionLimits,
} from './supervision.js';
