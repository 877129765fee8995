import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTIONS, readEvaluation } from '../support/evaluation.js';
import { RunningService } from '../support/service.js';

const CALLERS = 500;

interface Caller {
  readonly id: string;
  readonly fromLang: string;
  readonly toLang: string;
  readonly text: string;
}

const sentences = DIRECTIONS.flatMap((direction) => {
  const [fromLang = '', toLang = ''] = direction.split('-');
  return readEvaluation(direction)
    .slice(0, CALLERS / DIRECTIONS.length)
    .map(({ source }) => ({ fromLang, toLang, text: source }));
});
const callers: Caller[] = sentences.map((sentence, index) => ({
  ...sentence,
  id: `caller-${index}`,
}));

describe('many callers with one record each', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await RunningService.start({ REQUEST_TIMEOUT_MS: '120000' });
  });
  afterAll(() => service.stop());

  async function ask({ id, fromLang, toLang, text }: Caller): Promise<string> {
    const response = await service.post({
      payload: { fromLang, toLang, records: [{ id, text }] },
    });
    expect(response.status).toBe(200);
    const { result } = (await response.json()) as { result: { id: string; text: string }[] };
    expect(result.map((record) => record.id)).toEqual([id]);
    return result[0]?.text ?? '';
  }

  it('share decode steps', async () => {
    const some = callers.slice(0, 32);
    const before = await service.metric('translation_steps_total');
    for (const caller of some) await ask(caller);
    const apart = (await service.metric('translation_steps_total')) - before;
    await Promise.all(some.map(ask));
    const together = (await service.metric('translation_steps_total')) - before - apart;
    // Each sentence takes some ten steps; without sharing the two counts would be equal.
    expect(apart).toBeGreaterThan(5 * some.length);
    expect(together).toBeLessThan(apart / 4);
  });

  it('each get the answer to their own sentence that they would get alone', async () => {
    const together = await Promise.all(callers.map(ask));
    expect(new Set(together).size).toBeGreaterThan(0.8 * CALLERS);
    // All once more as records of one request for each direction, and every fifth with nobody beside it.
    const perDirection = CALLERS / DIRECTIONS.length;
    for (let first = 0; first < CALLERS; first += perDirection) {
      const records = callers.slice(first, first + perDirection);
      const { fromLang, toLang } = records[0]!;
      const texts = records.map(({ text }) => text);
      const results = await service.translate(fromLang, toLang, texts);
      expect(results.map(({ text }) => text)).toEqual(together.slice(first, first + perDirection));
    }
    for (let index = 0; index < CALLERS; index += 5)
      expect(await ask(callers[index]!)).toBe(together[index]);
  });
});
