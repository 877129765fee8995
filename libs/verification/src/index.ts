export { GOLDEN_VALUES, type GoldenValues } from './golden-values.js';
export type { Check, VerificationReport } from './report.js';
export { verifyPrepared, type VerifyOptions, type VerifyProgress } from './verify-prepared.js';
