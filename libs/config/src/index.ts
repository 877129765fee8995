export { ApiKey } from './api-key.js';
export { AppConfig, type DialectName, MAX_BEAM_SIZE } from './app-config.js';
export { isDebugging } from './debugging.js';
export { findDoubts, loadConfig } from './load-config.js';
export { memoryBytes } from './memory-size.js';
export { Secret } from './secret.js';
