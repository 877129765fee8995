import { ENGINE_FAULTS } from './engine-faults.js';
import type { FaultRow } from './fault-row.js';
import { INPUT_FAULTS } from './input-faults.js';
import { rollingRestarts } from './rolling-restarts.js';
import { SERVICE_FAULTS } from './service-faults.js';

/** Every fault that is provoked, in the order of their numbers. */
export const FAULT_ROWS: readonly FaultRow[] = [
  ...ENGINE_FAULTS,
  ...INPUT_FAULTS,
  ...SERVICE_FAULTS,
  rollingRestarts,
].sort((one, other) => Number(one.number) - Number(other.number));
