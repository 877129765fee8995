import { describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS, type Hypothesis } from '#libs/domain';
import type { EngineTicket } from '#libs/inference';
import type { SegmentWork } from './segment-work.js';
import { SharedDecodes } from './shared-decodes.js';

const ROOM = 2 ** 20;
const GONE = new Error('gone');

function work(ids: readonly number[], changes: Partial<SegmentWork> = {}): SegmentWork {
  return {
    sourceTokenIds: Int32Array.from(ids),
    forcedBosId: 5,
    options: DEFAULT_GENERATION_OPTIONS,
    ...changes,
  };
}

const HYPOTHESES: readonly Hypothesis[] = [
  { tokenIds: Int32Array.of(2, 5, 9, 2), score: -1, ended: true },
];
/** With what three tokens attended to, of a hundred each. */
const ALIGNED = HYPOTHESES.map((hypothesis) => ({
  ...hypothesis,
  sourceAttention: [1, 2, 3].map(() => new Uint8Array(100)),
}));

/** A ticket that the test settles. */
class Decode implements EngineTicket {
  readonly engineTurns = 0;
  readonly cancelled: Error[] = [];
  finish!: () => void;
  fail!: (error: Error) => void;
  readonly result: EngineTicket['result'] = new Promise((resolve, reject) => {
    this.finish = () => {
      resolve({ id: 1, hypotheses: this.hypotheses });
    };
    this.fail = reject;
  });

  constructor(private readonly hypotheses = HYPOTHESES) {}

  cancel(reason: Error): void {
    this.cancelled.push(reason);
    this.fail(reason);
  }
}

async function finished(
  shared: SharedDecodes,
  of: SegmentWork,
  hypotheses = HYPOTHESES,
): Promise<void> {
  const decode = new Decode(hypotheses);
  const started = shared.begin(of);
  started.start(decode);
  decode.finish();
  await started.join().result;
}

describe('SharedDecodes', () => {
  it('lets equal segments share a decode that runs, and keeps what it gave', async () => {
    const shared = new SharedDecodes(ROOM);
    const decode = new Decode();
    const first = shared.begin(work([1, 2]));
    // Found before the engine has it, as within one batch.
    const second = shared.find(work([1, 2]))!;
    first.start(decode);
    const waiting = [first.join(), second, shared.find(work([1, 2]))!];
    decode.finish();
    const results = await Promise.all(waiting.map(({ result }) => result));
    expect(results.map(({ hypotheses }) => hypotheses)).toEqual(waiting.map(() => HYPOTHESES));
    expect((await shared.find(work([1, 2]))?.result)?.hypotheses).toBe(HYPOTHESES);
    expect(shared.hits).toBe(3);
  });

  it.each([
    ['other ids', work([1, 3])],
    ['more ids', work([1, 2, 0])],
    ['ids with other bytes in between', work([1, 2 * 2 ** 8])],
    ['another target', work([1, 2], { forcedBosId: 6 })],
    ['no target', work([1, 2], { forcedBosId: undefined })],
    ['one that is to be aligned', work([1, 2], { wantsAlignment: true })],
    ['other options', work([1, 2], { options: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 2 } })],
  ])('does not take %s for equal', async (_name, other) => {
    const shared = new SharedDecodes(ROOM);
    await finished(shared, work([1, 2]));
    expect([shared.has(work([1, 2])), shared.has(other), shared.find(other)]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it('goes on for the others when one that shares goes away, and stops with the last', async () => {
    const shared = new SharedDecodes(ROOM);
    const decode = new Decode();
    const started = shared.begin(work([1]));
    started.start(decode);
    const [first, second] = [started.join(), started.join()];
    first.cancel(GONE);
    expect(decode.cancelled).toEqual([]);
    const third = started.join();
    second.cancel(GONE);
    expect(decode.cancelled).toEqual([]);
    third.cancel(GONE);
    expect(decode.cancelled).toEqual([GONE]);
    await expect(third.result).rejects.toBe(GONE);
    expect(shared.has(work([1]))).toBe(false);
  });

  it('keeps no failure', async () => {
    const shared = new SharedDecodes(ROOM);
    const decode = new Decode();
    const started = shared.begin(work([1]));
    started.start(decode);
    const waiting = [started.join(), started.join()];
    decode.fail(GONE);
    for (const { result } of waiting) await expect(result).rejects.toBe(GONE);
    expect(shared.has(work([1]))).toBe(false);
  });

  it('counts alignments', async () => {
    const [plain, aligned] = await Promise.all(
      [HYPOTHESES, ALIGNED].map(async (hypotheses) => {
        const shared = new SharedDecodes(ROOM);
        await finished(shared, work([1]), hypotheses);
        return shared.bytes;
      }),
    );
    expect((aligned ?? 0) - (plain ?? 0)).toBe(300);
  });

  it('keeps as much as has room, and forgets what was used longest ago', async () => {
    const shared = new SharedDecodes(1000);
    for (const id of [1, 2]) await finished(shared, work([id]));
    expect(shared.find(work([1]))).toBeDefined();
    await finished(shared, work([3]));
    expect([1, 2, 3].map((id) => shared.has(work([id])))).toEqual([true, false, true]);
    for (let id = 4; id < 100; id++) {
      await finished(shared, work([id]));
      expect(shared.bytes).toBeLessThanOrEqual(1000);
    }
    await finished(shared, work(Array.from({ length: 1000 }, (_, id) => id)));
    expect(shared.bytes).toBeLessThanOrEqual(1000);
  });
});
