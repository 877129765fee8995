/**
 * `passed` and `different` say how a check ended; `shown`: there are figures and no bound for them; `left-out`:
 * what it needs is not at hand.
 */
export type CheckOutcome = 'passed' | 'different' | 'shown' | 'left-out';

/** One thing that was looked at. */
export interface Check {
  readonly name:
    'files' | 'source' | 'self-test' | 'parity' | 'encodings' | 'logits' | 'translations';
  readonly outcome: CheckOutcome;
  /** The result in a sentence. */
  readonly summary: string;
  /** Single differences and measurements, a line each. */
  readonly details: readonly string[];
}

export interface VerificationReport {
  readonly folder: string;
  readonly family: string;
  readonly precision: string;
  /** The release whose published values the model was held against, where there is one. */
  readonly release: string | undefined;
  readonly checks: readonly Check[];
  /** Whether nothing is different. */
  readonly passed: boolean;
}

/** A check that passed where nothing was found. */
export function checkOf(
  name: Check['name'],
  differences: readonly string[],
  summaries: { readonly passed: string; readonly different: string },
): Check {
  const outcome = differences.length === 0 ? 'passed' : 'different';
  return { name, outcome, summary: summaries[outcome], details: differences };
}
