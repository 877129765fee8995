export { PREPARED_FILES } from './files.js';
export { DECODER_TENSORS, ENCODER_TENSORS, POSITION_OFFSET } from './graph-tensors.js';
export {
  type FileEntry,
  type Manifest,
  type ModelFamily,
  type ModelShape,
  type ModelSource,
  type Precision,
  PREPARED_FORMAT_VERSION,
  type SpecialTokens,
} from './manifest.js';
