import type { Tally } from './crowd.js';

/** `short` runs with every test run, `long` with `npm run test:faults`. */
export type FaultForm = 'short' | 'long';

/** One line of the fault table: something is broken on purpose on a running service. */
export interface FaultRow {
  /** The row's number in the fault list that the table follows. */
  readonly number: string;
  readonly fault: string;
  readonly forms: readonly FaultForm[];
  /** Why it cannot be provoked on this machine; undefined where it can. */
  readonly obstacle?: () => string | undefined;
  /** Throws where the service does not do what it has to. */
  readonly run: (form: FaultForm) => Promise<FaultResult>;
}

export interface FaultResult {
  readonly tally: Tally;
  /** From the fault to ready again; undefined where the service never was anything else. */
  readonly recoveryMs?: number;
  readonly notes: string;
}

/** For rows that are not about deadlines: a machine that is busy with other things fails none of them. */
export const PATIENT = { REQUEST_TIMEOUT_MS: '300000', APP_WORKERS: '1' };

export const BOTH_FORMS: readonly FaultForm[] = ['short', 'long'];

export function linuxOnly(): string | undefined {
  return process.platform === 'linux' ? undefined : 'needs Linux';
}
