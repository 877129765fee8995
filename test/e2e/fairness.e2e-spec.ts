import { afterEach, describe, expect, it } from 'vitest';
import { readEvaluation } from '../support/evaluation.js';
import { RunningService } from '../support/service.js';

const RECORDS = 500;
const SINGLES = 20;

const sentences = readEvaluation('en-de').map(({ source }) => source);

let service: RunningService;
afterEach(() => service.stop());

async function translate(texts: readonly string[]): Promise<string[]> {
  return (await service.translate('en', 'de', texts)).map(({ text }) => text);
}

/** What single callers wait for their answers, one after the other, until the job is done. */
async function askSingles(alone: readonly string[], isDone: () => boolean): Promise<number[]> {
  const waitsMs: number[] = [];
  for (let index = 0; index < SINGLES && !isDone(); index++) {
    const startedAtMs = performance.now();
    expect(await translate(sentences.slice(index, index + 1))).toEqual([alone[index]]);
    waitsMs.push(performance.now() - startedAtMs);
  }
  return waitsMs;
}

/** A job of many records with single callers beside it: everybody gets the answer that it would get alone. */
async function jobBesideSingles(
  queueOrder: 'fair' | 'arrival',
): Promise<{ readonly jobMs: number; readonly waitsMs: readonly number[] }> {
  service = await RunningService.start({
    QUEUE_ORDER: queueOrder,
    BEAM_SIZE: '1',
    REQUEST_TIMEOUT_MS: '600000',
  });
  const alone = await translate(sentences);
  const places = Array.from({ length: RECORDS }, (_, index) => index % sentences.length);
  const finishedBefore = await service.metric('translation_segments_total');
  const startedAtMs = performance.now();
  let jobMs = Infinity;
  const job = translate(places.map((place) => sentences[place] ?? '')).then((texts) => {
    jobMs = performance.now() - startedAtMs;
    return texts;
  });
  while ((await service.metric('translation_segments_total')) === finishedBefore);
  const waitsMs = await askSingles(alone, () => jobMs < Infinity);
  expect(await job).toEqual(places.map((place) => alone[place]));
  return { jobMs, waitsMs };
}

describe('a job of 500 records beside single callers', () => {
  it('lets each of them pass where requests take turns', async () => {
    const { jobMs, waitsMs } = await jobBesideSingles('fair');
    // They came after the job, and many were answered, one after the other, before it was done.
    expect(waitsMs.length).toBeGreaterThan(3);
    expect(Math.max(...waitsMs)).toBeLessThan(jobMs / 2);
  });

  it('makes the first of them wait for nearly all of it where they do not', async () => {
    const { jobMs, waitsMs } = await jobBesideSingles('arrival');
    expect(waitsMs[0]).toBeGreaterThan(jobMs / 2);
  });
});
