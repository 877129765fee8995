import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS, type ErrorCode, TranslationError } from '#libs/domain';
import type { EngineCapacity, EngineTicket, InferenceState } from '#libs/inference';
import { randomInteger, seededRandom } from '#libs/testing';
import { type BatchingSettings, BatchingService, type EnginePort } from './batching.service.js';
import type { Caller, SegmentTranslation, SegmentWork, SubmitOptions } from './segment-work.js';

type EngineWork = Parameters<EnginePort['submit']>[0][number];

interface Running {
  readonly work: EngineWork;
  readonly resolve: (ids: readonly number[]) => void;
  readonly reject: (error: Error) => void;
}

/** Engines whose sentences finish when the test says so. */
class ScriptedEngines implements EnginePort {
  state: InferenceState = 'ready';
  readonly running: Running[] = [];
  /** Sizes of what was submitted at once. */
  readonly cuts: number[] = [];
  readonly statistics = {
    turns: 100,
    steps: 100,
    stepRows: 100,
    stepSentences: 100,
    encoderRuns: 1,
    sourceTokens: 100,
    encodedSentences: 5,
    finishedSentences: 5,
    encodeMs: 500,
    stepMs: 500,
    runningSentences: 0,
    runningRows: 0,
    waitingSentences: 0,
  };
  costs: EngineCapacity['costs'];
  #listener: () => void = () => undefined;
  #statusListener: () => void = () => undefined;

  constructor(private readonly sentences: number) {}

  /** From now on a token is known to take a step of 10 ms and more for each row, and nothing else to take any time. */
  knowItsCosts(stepRowMs = 0, stepBaseMs = 10, largestStepRows = 1): void {
    this.costs = {
      stepBaseMs,
      stepRowMs,
      encodeBaseMs: 0,
      encodePlaceMs: 0,
      largestStepRows,
      largestEncodePlaces: 1,
      sentenceSteps: 0,
      sourceTokenSteps: 1,
    };
  }

  get room(): number {
    return this.state === 'ready' ? this.sentences - this.running.length : 0;
  }

  get sentencesInHand(): number {
    return this.running.length;
  }

  get capacity(): EngineCapacity {
    return { engines: 1, sentences: this.sentences, costs: this.costs };
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  onStatus(listener: () => void): void {
    this.#statusListener = listener;
  }

  /** Tells that everything that runs has taken so many steps more. */
  takeSteps(count: number): void {
    this.statistics.turns += count;
    this.#statusListener();
  }

  submit(works: readonly EngineWork[]): EngineTicket[] {
    if (works.length > this.room) throw new Error('more than there is room for');
    this.cuts.push(works.length);
    return works.map((work) => {
      const { statistics } = this;
      const ticket = {} as { result: EngineTicket['result'] };
      let entry: Running | undefined;
      ticket.result = new Promise((resolve, reject) => {
        entry = {
          work,
          reject,
          resolve: (ids) => {
            const tokenIds = Int32Array.from(ids);
            resolve({ id: 0, hypotheses: [{ tokenIds, score: -1, ended: true }] });
          },
        };
        this.running.push(entry);
      });
      return {
        result: ticket.result,
        get engineTurns() {
          return statistics.turns;
        },
        cancel: (reason) => {
          if (entry !== undefined && this.#remove(entry)) entry.reject(reason);
        },
      };
    });
  }

  /** Finishes the sentence at `index` with its own source as its translation. */
  finish(index = 0): void {
    const entry = this.running[index];
    if (entry === undefined || !this.#remove(entry)) throw new Error('nothing runs there');
    entry.resolve(Array.from(entry.work.sourceTokenIds));
    this.#listener();
  }

  crash(): void {
    const lost = this.running.splice(0);
    for (const { reject } of lost) reject(new TranslationError('engine-failed', 'crashed'));
    this.#listener();
  }

  changed(): void {
    this.#listener();
  }

  #remove(entry: Running): boolean {
    const index = this.running.indexOf(entry);
    if (index >= 0) this.running.splice(index, 1);
    return index >= 0;
  }
}

const SETTINGS: BatchingSettings = {
  windowMs: 2,
  windowSegments: 4,
  maxQueueTokens: 20,
  maxQueueRequests: 1000,
  queueOrder: 'fair',
  cacheBytes: 0,
};

function tokens(count: number): SegmentWork {
  return work(...Array<number>(count).fill(7));
}

function work(...ids: number[]): SegmentWork {
  return {
    sourceTokenIds: Int32Array.from(ids),
    forcedBosId: 5,
    options: DEFAULT_GENERATION_OPTIONS,
  };
}

function open(deadlineMs = 1000): {
  options: { deadlineAtMs: number; signal: AbortSignal };
  leave: () => void;
} {
  const controller = new AbortController();
  return {
    options: { deadlineAtMs: performance.now() + deadlineMs, signal: controller.signal },
    leave: () => {
      controller.abort();
    },
  };
}

function codeOf(action: () => unknown): ErrorCode | undefined {
  return errorOf(action).code;
}

function errorOf(action: () => unknown): Partial<TranslationError> {
  try {
    action();
  } catch (error) {
    if (error instanceof TranslationError) return error;
    throw error;
  }
  return {};
}

async function outcome(result: Promise<SegmentTranslation>): Promise<string> {
  try {
    const { hypotheses } = await result;
    return Array.from(hypotheses[0]?.tokenIds ?? []).join();
  } catch (error) {
    return error instanceof TranslationError ? error.code : 'not a TranslationError';
  }
}

describe('BatchingService', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets an idle engine wait one window for company', async () => {
    const engines = new ScriptedEngines(8);
    const batching = new BatchingService(engines, SETTINGS);
    void batching.submit([work(1)], open().options);
    await vi.advanceTimersByTimeAsync(1);
    void batching.submit([work(2)], open().options);
    expect(engines.cuts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(engines.cuts).toEqual([2]);
  });

  it('ends the window early where enough have come', () => {
    const engines = new ScriptedEngines(8);
    const batching = new BatchingService(engines, SETTINGS);
    void batching.submit([work(1), work(2), work(3), work(4)], open().options);
    expect(engines.cuts).toEqual([4]);
  });

  it('runs no timer while nothing arrives', async () => {
    const batching = new BatchingService(new ScriptedEngines(8), SETTINGS);
    const [result] = batching.submit([work(1)], open().options);
    result?.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(2000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('cuts the batch when the engine has room, not before', async () => {
    const engines = new ScriptedEngines(2);
    const batching = new BatchingService(engines, SETTINGS);
    void batching.submit([work(1), work(2), work(3)], open().options);
    await vi.advanceTimersByTimeAsync(5);
    void batching.submit([work(4)], open().options);
    engines.finish();
    engines.finish();
    expect(engines.cuts).toEqual([2, 1, 1]);
    expect(engines.running.map(({ work: { sourceTokenIds } }) => sourceTokenIds[0])).toEqual([
      3, 4,
    ]);
  });

  it('takes a request whole or not at all', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, SETTINGS);
    void batching.submit([work(1)], open().options);
    await vi.advanceTimersByTimeAsync(2);
    void batching.submit([work(...Array<number>(12).fill(7))], open().options);
    const large = [work(1, 2, 3, 4), work(1, 2, 3, 4, 5)];
    expect(codeOf(() => batching.submit(large, open().options))).toBe('queue-full');
    expect(batching.queuedTokens).toBe(12);
    expect(
      codeOf(() => batching.submit([work(...Array<number>(8).fill(7))], open().options)),
    ).toBeUndefined();
  });

  it('says when to come back: what is too much, at the speed of the engines', async () => {
    const engines = new ScriptedEngines(1);
    engines.knowItsCosts();
    const batching = new BatchingService(engines, SETTINGS);
    void batching.submit([work(1)], open().options);
    await vi.advanceTimersByTimeAsync(2);
    void batching.submit([tokens(200)], open(60_000).options);
    // 10 ms a token, 20 may wait, and with this one it would be 500: 4.8 s, and up to a quarter more.
    const { retryAfterSeconds, code } = errorOf(() =>
      batching.submit([tokens(300)], open().options),
    );
    expect(code).toBe('queue-full');
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(5);
    expect(retryAfterSeconds).toBeLessThanOrEqual(7);
  });

  it('refuses at once what cannot be finished in time, and says how long to wait', async () => {
    const engines = new ScriptedEngines(1);
    engines.knowItsCosts();
    const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 1000 });
    void batching.submit([tokens(10)], open(60_000).options);
    await vi.advanceTimersByTimeAsync(2);
    void batching.submit([tokens(300)], open(60_000).options);
    // Seven turns of the one that waits, and its own 200 tokens: 4.2 s, and a quarter for safety.
    const { retryAfterSeconds, code } = errorOf(() =>
      batching.submit([tokens(200)], open(1500).options),
    );
    expect(code).toBe('no-capacity');
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(4);
    expect(retryAfterSeconds).toBeLessThanOrEqual(5);
    expect(batching.queuedTokens).toBe(300);
    expect(codeOf(() => batching.submit([tokens(20)], open(1500).options))).toBeUndefined();
  });

  it('tells beforehand what it would not take', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, SETTINGS);
    const mayCome = (deadlineMs?: number): ErrorCode | undefined =>
      codeOf(() => {
        batching.assertTakes(3, open(deadlineMs).options);
      });
    expect([mayCome(), mayCome(0)]).toEqual([undefined, 'deadline-exceeded']);
    void batching.submit([work(1)], open().options);
    await vi.advanceTimersByTimeAsync(2);
    void batching.submit([tokens(20)], open().options);
    expect(mayCome()).toBe('queue-full');
    engines.state = 'starting';
    expect(mayCome()).toBe('engine-unavailable');
    batching.drain();
    expect(mayCome()).toBe('draining');
    expect(batching.openRequests).toBe(2);
  });

  it('tries what it thinks impossible where the engines are idle', () => {
    const engines = new ScriptedEngines(1);
    engines.knowItsCosts();
    const batching = new BatchingService(engines, SETTINGS);
    expect(codeOf(() => batching.submit([tokens(500)], open(10).options))).toBeUndefined();
  });

  it('tries it with all of its segments where there are places for all that waits', async () => {
    const engines = new ScriptedEngines(4);
    engines.knowItsCosts();
    const batching = new BatchingService(engines, SETTINGS);
    const results = batching.submit([tokens(8), tokens(8)], open(50).options).map(outcome);
    await vi.advanceTimersByTimeAsync(2);
    expect(engines.running).toHaveLength(2);
    engines.finish();
    engines.finish();
    expect(await Promise.all(results)).toEqual(Array(2).fill(Array(8).fill(7).join()));
  });

  it('bounds the requests that are under way', async () => {
    const engines = new ScriptedEngines(2);
    const batching = new BatchingService(engines, { ...SETTINGS, maxQueueRequests: 2 });
    const results = [1, 2].flatMap((id) => batching.submit([work(id)], open().options));
    expect(codeOf(() => batching.submit([work(3)], open().options))).toBe('queue-full');
    expect(batching.openRequests).toBe(2);
    await vi.advanceTimersByTimeAsync(2);
    engines.finish();
    expect(await Promise.all(results.slice(0, 1).map(outcome))).toEqual(['1']);
    expect(codeOf(() => batching.submit([work(3)], open().options))).toBeUndefined();
  });

  it('expires what is late, waiting or running, and answers all of the request', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, SETTINGS);
    const late = batching.submit([work(1), work(2)], open(50).options).map(outcome);
    await vi.advanceTimersByTimeAsync(2);
    const inTime = batching.submit([work(3)], open(1000).options).map(outcome);
    await vi.advanceTimersByTimeAsync(48);
    expect(await Promise.all(late)).toEqual(['deadline-exceeded', 'deadline-exceeded']);
    expect(engines.running.map(({ work }) => Array.from(work.sourceTokenIds))).toEqual([[3]]);
    engines.finish();
    expect(await Promise.all(inTime)).toEqual(['3']);
    expect(codeOf(() => batching.submit([work(4)], open(0).options))).toBe('deadline-exceeded');
  });

  it('gives the place of what cannot be in time any more to the next, while there is one', async () => {
    const engines = new ScriptedEngines(1);
    engines.knowItsCosts();
    const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 1000 });
    void batching.submit([tokens(10)], open(60_000).options);
    await vi.advanceTimersByTimeAsync(2);
    const [first, second] = [tokens(50), tokens(20)].map((segment) =>
      batching.submit([segment, work(1)], open(1500).options).map(outcome),
    );
    // The engine takes ten times as long as it was thought to. 500 ms, and a quarter, are no longer left.
    await vi.advanceTimersByTimeAsync(998);
    engines.finish();
    expect(await Promise.all(first ?? [])).toEqual(['no-capacity', 'no-capacity']);
    expect(batching.shed.of('dequeue', 'deadline')).toBe(2);
    expect(engines.running.map((running) => running.work.sourceTokenIds.length)).toEqual([20]);
    await vi.advanceTimersByTimeAsync(495);
    // Nobody else waits: what is nearly too late is tried.
    engines.finish();
    await vi.advanceTimersByTimeAsync(0);
    engines.finish();
    expect(await Promise.all(second ?? [])).toEqual([Array(20).fill(7).join(), '1']);
  });

  it('fills the engines no further than all that is in them can bear', async () => {
    const engines = new ScriptedEngines(8);
    engines.knowItsCosts(10);
    const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 1000 });
    // 12 steps of 10 ms and 10 ms for each in them: with five, 720 ms, and too little is left.
    const ask = (): Promise<string>[] =>
      batching.submit([tokens(10)], open(670).options).map(outcome);
    const results = Array.from({ length: 5 }, ask);
    await vi.advanceTimersByTimeAsync(2);
    expect(engines.running).toHaveLength(4);
    // By its turn it could be in time with few others alone, while the engines have room for more.
    expect(errorOf(ask)).toMatchObject({
      code: 'no-capacity',
      message: expect.stringMatching(/would wait 0\.1 s, .* of its 0\.7 s left/) as string,
    });
    engines.finish();
    results.push(ask());
    await vi.advanceTimersByTimeAsync(2);
    expect(engines.running).toHaveLength(4);
    while (engines.running.length > 0) {
      engines.finish();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(new Set(await Promise.all(results.flat()))).toEqual(new Set([Array(10).fill(7).join()]));
  });

  it.each([
    ['gives the place of what has lost a tenth of its company to the next', false],
    ['keeps it for what continues a request of which something is done', true],
  ])('%s', async (_, isContinuation) => {
    const engines = new ScriptedEngines(8);
    engines.knowItsCosts(10);
    const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 1000 });
    const ask = (timeoutMs: number, isMore = false): Promise<string>[] =>
      batching
        .submit([tokens(10)], { ...open(timeoutMs).options, isContinuation: isMore })
        .map(outcome);
    // 10 steps of 10 ms, and 10 ms for each in them: it can be there with nobody else.
    const hurried = ask(270);
    await vi.advanceTimersByTimeAsync(2);
    const first = ask(900, isContinuation);
    const second = ask(60_000);
    await vi.advanceTimersByTimeAsync(250);
    engines.finish();
    await vi.advanceTimersByTimeAsync(2);
    expect(engines.running).toHaveLength(isContinuation ? 2 : 1);
    while (engines.running.length > 0) engines.finish();
    const done = Array(10).fill(7).join();
    // It bore six others when it came, and bears four now.
    expect(await Promise.all(first)).toEqual([isContinuation ? done : 'no-capacity']);
    expect(await Promise.all([...hurried, ...second])).toEqual([done, done]);
  });

  describe('where engines turn out to be slower than was thought', () => {
    /** Four requests, each with a little more time than the one before; all are in the engines. */
    async function fourRequests(): Promise<{
      engines: ScriptedEngines;
      batching: BatchingService;
      results: Promise<string>[];
    }> {
      const engines = new ScriptedEngines(8);
      engines.knowItsCosts(10);
      const batching = new BatchingService(engines, SETTINGS);
      const results = [770, 780, 790, 800].flatMap((timeoutMs) =>
        batching.submit([tokens(5), tokens(5)], open(timeoutMs).options).map(outcome),
      );
      await vi.advanceTimersByTimeAsync(2);
      expect(engines.running).toHaveLength(8);
      await vi.advanceTimersByTimeAsync(98);
      // Steps of eight take 270 ms, not 90.
      engines.knowItsCosts(30, 30, 8);
      return { engines, batching, results };
    }

    it('gives up the fewest, and whole requests, so that the others are in time', async () => {
      const { engines, batching, results } = await fourRequests();
      // Five steps are left of seven: 1350 ms with all, 1050 ms with six, 750 ms with four. Some 700 ms are left.
      engines.takeSteps(2);
      expect(await Promise.all(results.slice(0, 4))).toEqual(Array(4).fill('no-capacity'));
      expect(batching.shed.of('running', 'deadline')).toBe(4);
      expect(engines.running).toHaveLength(4);
      while (engines.running.length > 0) engines.finish();
      expect(new Set(await Promise.all(results.slice(4)))).toEqual(new Set(['7,7,7,7,7']));
    });

    it('keeps all where few steps are left', async () => {
      const { engines } = await fourRequests();
      engines.takeSteps(5);
      expect(engines.running).toHaveLength(8);
    });

    it('tries what has the engines to itself until its deadline', async () => {
      const engines = new ScriptedEngines(8);
      engines.knowItsCosts(10);
      const batching = new BatchingService(engines, SETTINGS);
      const [result] = batching.submit([tokens(5)], open(670).options).map(outcome);
      await vi.advanceTimersByTimeAsync(2);
      engines.knowItsCosts(1000, 1000, 8);
      engines.takeSteps(1);
      expect(engines.running).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(668);
      expect(await result).toBe('deadline-exceeded');
    });
  });

  it('tells the engines whether more follow', async () => {
    const engines = new ScriptedEngines(2);
    const batching = new BatchingService(engines, SETTINGS);
    void batching.submit([work(1), work(2), work(3)], open().options);
    await vi.advanceTimersByTimeAsync(2);
    engines.finish();
    await vi.advanceTimersByTimeAsync(2);
    expect(engines.running.map(({ work: { moreFollow } }) => moreFollow)).toEqual([true, false]);
  });

  it('forgets a caller that went away', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, SETTINGS);
    const { options, leave } = open();
    const results = batching.submit([work(1), work(2)], options).map(outcome);
    await vi.advanceTimersByTimeAsync(2);
    leave();
    expect(await Promise.all(results)).toEqual(['client-closed', 'client-closed']);
    expect(engines.running).toHaveLength(0);
    expect(batching.queuedSegments).toBe(0);
  });

  it('refuses new work while draining, and is idle when the rest is answered', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, SETTINGS);
    const results = batching.submit([work(1)], open().options).map(outcome);
    await vi.advanceTimersByTimeAsync(2);
    batching.drain();
    expect(codeOf(() => batching.submit([work(2)], open().options))).toBe('draining');
    let isIdle = false;
    void batching.whenIdle().then(() => (isIdle = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isIdle).toBe(false);
    engines.finish();
    expect(await Promise.all(results)).toEqual(['1']);
    await vi.advanceTimersByTimeAsync(0);
    expect(isIdle).toBe(true);
  });

  it('takes what continues admitted work while draining and without room in the queue', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 1 });
    const results = [work(1), work(2)].flatMap((segment) =>
      batching.submit([segment], { ...open().options, isContinuation: true }),
    );
    batching.drain();
    results.push(...batching.submit([work(3)], { ...open().options, isContinuation: true }));
    await vi.advanceTimersByTimeAsync(2);
    for (let finished = 0; finished < 3; finished++) engines.finish();
    expect(await Promise.all(results.map(outcome))).toEqual(['1', '2', '3']);
  });

  it('answers all that waits where the engines have failed for good', async () => {
    const engines = new ScriptedEngines(1);
    const batching = new BatchingService(engines, SETTINGS);
    const results = batching.submit([work(1), work(2)], open(Infinity).options).map(outcome);
    await vi.advanceTimersByTimeAsync(2);
    engines.state = 'failed';
    engines.changed();
    expect(await Promise.all(results)).toEqual(['engine-unavailable', 'engine-unavailable']);
    expect(batching.queuedTokens + batching.openRequests).toBe(0);
  });

  it('refuses work while no engine is ready', () => {
    const engines = new ScriptedEngines(1);
    engines.state = 'starting';
    const batching = new BatchingService(engines, SETTINGS);
    expect(codeOf(() => batching.submit([work(1)], open().options))).toBe('engine-unavailable');
  });

  describe('between callers', () => {
    const shop: Caller = { name: 'shop', share: 3, allShares: 4 };
    const blog: Caller = { name: 'blog', share: 1, allShares: 4 };
    const from = (caller: Caller, deadlineMs?: number): SubmitOptions => ({
      ...open(deadlineMs).options,
      caller,
    });

    it('keeps a part of the queue for each, by their shares', async () => {
      const batching = new BatchingService(new ScriptedEngines(0), SETTINGS);
      void batching.submit([tokens(5)], from(blog));
      await vi.advanceTimersByTimeAsync(2);
      const error = errorOf(() => batching.submit([tokens(1)], from(blog)));
      expect(error.code).toBe('over-share');
      expect(error.retryAfterSeconds).toBeGreaterThan(0);
      expect(codeOf(() => batching.submit([tokens(15)], from(shop)))).toBeUndefined();
      expect(codeOf(() => batching.submit([tokens(1)], from(shop)))).toBe('over-share');
    });

    it('keeps a part of the requests for each', () => {
      const settings = { ...SETTINGS, maxQueueRequests: 4 };
      const batching = new BatchingService(new ScriptedEngines(0), settings);
      void batching.submit([work(1)], from(blog));
      expect(codeOf(() => batching.submit([work(1)], from(blog)))).toBe('over-share');
      expect(codeOf(() => batching.submit([work(1)], from(shop)))).toBeUndefined();
    });

    it('refuses whoever has more than its share of what waits where the deadline is the limit', async () => {
      const engines = new ScriptedEngines(1);
      engines.knowItsCosts();
      const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 10_000 });
      void batching.submit([tokens(10)], from(shop, 60_000));
      await vi.advanceTimersByTimeAsync(2);
      void batching.submit([tokens(300)], from(blog, 60_000));
      // Alone in the queue it has no share to be over.
      expect(codeOf(() => batching.submit([tokens(300)], from(blog, 1000)))).toBe('no-capacity');
      void batching.submit([tokens(300)], from(shop, 60_000));
      expect(codeOf(() => batching.submit([tokens(300)], from(blog, 1000)))).toBe('over-share');
      expect(codeOf(() => batching.submit([tokens(300)], from(shop, 1000)))).toBe('no-capacity');
    });
  });

  it.each([
    ['fair', '1 2 9'],
    ['arrival', '1 2 3 4 5 6 7 8 9'],
  ] as const)(
    'in the order "%s" lets a small request pass a large one, or not',
    (queueOrder, order) => {
      const engines = new ScriptedEngines(1);
      const batching = new BatchingService(engines, {
        ...SETTINGS,
        maxQueueTokens: 1000,
        queueOrder,
      });
      const large = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => work(id, ...Array<number>(29).fill(7)));
      void batching.submit(large, open().options);
      void batching.submit([work(9)], open().options);
      const started: number[] = [];
      while (started.at(-1) !== 9) {
        started.push(engines.running[0]?.work.sourceTokenIds[0] ?? NaN);
        engines.finish();
      }
      expect(started.join(' ')).toBe(order);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'answers every segment exactly once, in any order of events (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const engines = new ScriptedEngines(3);
      const batching = new BatchingService(engines, { ...SETTINGS, maxQueueTokens: 60 });
      const answers: { sent: string; received: Promise<string> }[] = [];
      const callers: (() => void)[] = [];
      for (let event = 0; event < 400; event++) {
        const kind = random();
        if (kind < 0.4) {
          const works = Array.from({ length: randomInteger(random, 1, 5) }, (_, i) =>
            work(event, i),
          );
          const { options, leave } = open(randomInteger(random, 1, 60));
          if (
            codeOf(() => {
              const results = batching.submit(works, options);
              works.forEach(({ sourceTokenIds }, i) =>
                answers.push({ sent: sourceTokenIds.join(), received: outcome(results[i]!) }),
              );
            }) === undefined
          )
            callers.push(leave);
        } else if (kind < 0.8) {
          if (engines.running.length > 0)
            engines.finish(randomInteger(random, 0, engines.running.length - 1));
        } else if (kind < 0.85) callers[randomInteger(random, 0, callers.length - 1)]?.();
        else if (kind < 0.87) engines.crash();
        else await vi.advanceTimersByTimeAsync(randomInteger(random, 0, 5));
        expect(engines.running.length).toBeLessThanOrEqual(3);
      }
      await vi.advanceTimersByTimeAsync(1000);
      const seen = new Set<string>();
      for (const { sent, received } of answers) {
        const answer = await received;
        seen.add(answer === sent ? 'translated' : answer);
        if (answer !== sent)
          expect(['deadline-exceeded', 'client-closed', 'engine-failed']).toContain(answer);
      }
      expect(seen).toContain('translated');
      expect(batching.queuedSegments + batching.queuedTokens).toBe(0);
      await batching.whenIdle();
      expect(vi.getTimerCount()).toBe(0);
    },
  );
});
