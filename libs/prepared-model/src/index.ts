export { describeFileFault, fileFaultCode } from './file-fault.js';
export { hashFile, verifyFiles, verifyFileSizes } from './file-hash.js';
export { PACKED_FOLDER_PREFIX, PREPARED_FILES } from './files.js';
export {
  DECODER_TENSORS,
  ENCODER_TENSORS,
  PAGED_ATTENTION_TENSORS,
  type PagedAttentionKind,
  POSITION_OFFSET,
} from './graph-tensors.js';
export { type IntegerRange, JsonFields } from './json-fields.js';
export { parseJson, readJsonFile } from './json-file.js';
export {
  type FileEntry,
  type Manifest,
  type ModelFamily,
  type ModelShape,
  type ModelSource,
  PREPARED_FORMAT_VERSION,
  type Release,
  type SpecialTokens,
} from './manifest.js';
export { readManifest } from './parse-manifest.js';
export { PlaceInLine } from './place-in-line.js';
export { openRegularFile } from './regular-file.js';
export { findRelease } from './release.js';
export type { Precision } from './precision.js';
export {
  judgeSelfTest,
  meanBound,
  SELF_TEST_ANSWERS,
  SELF_TEST_SIZE,
  START_STEPS,
  shortenSelfTest,
  type SelfTest,
  type SelfTestResult,
} from './self-test.js';
export { syncFile, writeFileSynced } from './synced-file.js';
