import { DEFAULT_GENERATION_OPTIONS, type GenerationOptions, type Hypothesis } from '#libs/domain';
import type { Precision } from './precision.js';

/**
 * A sentence, and what follows its first target tokens by a plain computation from the source weights. Every
 * engine holds its own answer against it before it takes work.
 */
export interface SelfTest {
  readonly sourceTokenIds: readonly number[];
  /** Undefined for SMaLL-100. */
  readonly forcedBosId?: number | undefined;
  /** The most probable next tokens, best first. */
  readonly candidates: readonly SelfTestCandidate[];
}

export interface SelfTestCandidate {
  readonly tokenId: number;
  readonly logProbability: number;
}

/** Candidates in a manifest: more than are compared, since rounding lets near ones change places. */
export const SELF_TEST_CANDIDATES = 64;

/** Candidates that an engine answers with. */
const COMPARED_CANDIDATES = 8;

/**
 * Most that a log-probability may be off. In fp32 processors differ in the order of sums alone. Int8 rounds
 * the weights themselves, by how much depends on the model; the bound is to tell a model that works from one
 * that does not, whose probabilities are off by many times as much.
 */
const SELF_TEST_BOUNDS: Readonly<Record<Precision, number>> = { fp32: 0.01, int8: 2 };

/** What an engine has to search for: its hypotheses are the best next tokens, their scores log-probabilities. */
export function selfTestRequest({ sourceTokenIds, forcedBosId }: SelfTest): {
  readonly sourceTokenIds: Int32Array;
  readonly forcedBosId: number | undefined;
  readonly options: GenerationOptions;
} {
  return {
    sourceTokenIds: Int32Array.from(sourceTokenIds),
    forcedBosId,
    options: {
      ...DEFAULT_GENERATION_OPTIONS,
      beamSize: COMPARED_CANDIDATES,
      numHypotheses: COMPARED_CANDIDATES,
      // The start token, the forced one, and the one that is compared.
      maxLength: forcedBosId === undefined ? 2 : 3,
      // A sum as it is, not a mean over the length.
      lengthPenalty: 0,
    },
  };
}

/** How far an engine's answer is from what the manifest expects. */
export interface SelfTestResult {
  /** Largest difference of a log-probability, by rank and by token. */
  readonly difference: number;
  readonly bound: number;
  readonly passed: boolean;
}

export function judgeSelfTest(
  { candidates }: SelfTest,
  precision: Precision,
  hypotheses: readonly Hypothesis[],
): SelfTestResult {
  const expected = new Map(candidates.map((one) => [one.tokenId, one.logProbability]));
  // Of a token that is not listed no more is known than that it is less probable than the last one.
  const least = candidates.at(-1)?.logProbability ?? 0;
  let difference = hypotheses.length === 0 ? Infinity : 0;
  hypotheses.forEach(({ tokenIds, score }, rank) => {
    const listed = expected.get(tokenIds.at(-1) ?? -1);
    const ofToken = listed === undefined ? Math.max(0, score - least) : Math.abs(score - listed);
    const ofRank = Math.abs(score - (candidates[rank]?.logProbability ?? Infinity));
    // NaN, which no comparison holds for, has to fail.
    const larger = Math.max(ofToken, ofRank);
    difference = Number.isNaN(larger) ? Infinity : Math.max(difference, larger);
  });
  const bound = SELF_TEST_BOUNDS[precision];
  return { difference, bound, passed: difference <= bound };
}
