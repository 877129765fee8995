export { type Checkpoint, openCheckpoint } from './checkpoint.js';
export { ensurePrepared, type EnsurePreparedOptions } from './ensure-prepared.js';
export { prepareModel, type PrepareOptions, type PrepareStage } from './prepare.js';
export { ReferenceModel } from './reference-forward.js';
export type { WeightSource } from './source/weight-source.js';
export { SYNTHETIC_SHAPES, synthesizeCheckpoint, type SynthesizeOptions } from './synthesize.js';
