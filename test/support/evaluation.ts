import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKPOINTS } from './prepared-models.js';

export const DIRECTIONS = ['en-de', 'de-en', 'en-ja', 'ja-en'] as const;
export type Direction = (typeof DIRECTIONS)[number];

interface RecordedHypothesis {
  /** From the decoder start token to the end token. */
  readonly ids: readonly number[];
  readonly score: number | null;
  readonly text: string;
}

/** A held-out sentence of the demo model, and what Hugging Face makes of it. */
export interface EvaluationLine {
  readonly source: string;
  readonly reference: string;
  readonly beam5: RecordedHypothesis;
  readonly greedy: RecordedHypothesis;
}

export function readEvaluation(direction: Direction): EvaluationLine[] {
  const text = readFileSync(join(CHECKPOINTS.demo, 'eval', `${direction}.jsonl`), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EvaluationLine);
}
