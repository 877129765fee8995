export { type Checkpoint, openCheckpoint } from './checkpoint.js';
export { copyPrepared, type CopyPreparedOptions } from './copy-prepared.js';
export { ensurePrepared, type EnsurePreparedOptions } from './ensure-prepared.js';
export { prepareModel, type PrepareOptions } from './prepare.js';
export type { Prepared } from './prepared-output.js';
export { ReferenceModel } from './reference-forward.js';
export type { WeightSource } from './source/weight-source.js';
export { SYNTHETIC_SHAPES, synthesizeCheckpoint, type SynthesizeOptions } from './synthesize.js';
export type { Progress, ProgressStage, Watch } from './watch.js';
