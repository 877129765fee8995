import { describe, expect, it, vi } from 'vitest';
import type { ModelPort, SequenceRequest } from '#libs/decoding';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { type SelfTest, START_STEPS } from '#libs/prepared-model';
import { type NextTokenTable, noiseTable, ScriptedModel } from '#libs/testing';
import type { EngineReport } from '../protocol/messages.js';
import { EngineRuntime, type LoadedPort } from './engine-runtime.js';

const VOCABULARY = 30;
const SETTINGS = {
  preparedFolder: 'none',
  threads: 1,
  limits: {
    maxSentences: 2,
    quantumMs: 50,
    maxQuantumSteps: 4,
    maxEncoderPlaces: 256,
    maxKeyValueBytes: 2 ** 20,
  },
};

const TABLE = noiseTable(VOCABULARY, 2);

/** What a model of this table has to find, as `prepare` writes it. */
function selfTestOf(table: NextTokenTable): SelfTest {
  const sourceTokenIds = [5, 6, 2];
  const targetTokenIds = [2, 7, 11, 8, 13, 9];
  const steps = targetTokenIds.map((_, place) => {
    const row = table(sourceTokenIds, targetTokenIds.slice(0, place + 1));
    const tokenIds = [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, 4);
    return { tokenIds, logProbabilities: tokenIds.map((id) => row[id]!) };
  });
  return { sourceTokenIds, targetTokenIds, steps, roundingError: 0 };
}

interface StartHooks {
  readonly onCompanyLoad?: () => void;
  readonly onCompanyStep?: () => void;
  readonly now?: () => number;
}

/** A host whose reports can be waited for. */
function startEngine(
  loadModel?: () => Promise<ModelPort>,
  { onCompanyLoad, onCompanyStep, now = () => performance.now() }: StartHooks = {},
): {
  runtime: EngineRuntime;
  next: (kind: EngineReport['kind']) => Promise<EngineReport>;
  exitCode: Promise<number>;
  reports: EngineReport[];
} {
  const reports: EngineReport[] = [];
  const readers: (() => void)[] = [];
  let exit: (code: number) => void;
  let cpuMs = 0;
  const exitCode = new Promise<number>((resolve) => (exit = resolve));
  const load =
    loadModel ?? ((): Promise<ModelPort> => Promise.resolve(new ScriptedModel(TABLE, VOCABULARY)));
  const runtime = new EngineRuntime({
    send: (report) => {
      reports.push(report);
      for (const wake of readers.splice(0)) wake();
    },
    exit: (code) => {
      exit(code);
    },
    now,
    usage: () => ({ residentBytes: 1000, cpuMs: (cpuMs += 5) }),
    loadModel: async () => {
      const loaded = await load();
      const session = (onStep?: () => void): LoadedPort => ({
        facts: loaded.facts,
        threads: loaded.threads,
        encode: (batch) => loaded.encode(batch),
        // As onnxruntime does, a step lets the event loop turn once.
        step: async (batch) => {
          onStep?.();
          await new Promise(setImmediate);
          return loaded.step(batch);
        },
        release: () => Promise.resolve(),
      });
      return {
        port: session(),
        loadForCompany: () => {
          onCompanyLoad?.();
          return Promise.resolve(session(onCompanyStep));
        },
        manifest: { precision: 'fp32', selfTest: selfTestOf(TABLE) },
      };
    },
  });
  let read = 0;
  const next = async (kind: EngineReport['kind']): Promise<EngineReport> => {
    for (;;) {
      const report = reports[read];
      if (report === undefined) await new Promise<void>((resolve) => readers.push(resolve));
      else {
        read++;
        if (report.kind === kind) return report;
      }
    }
  };
  runtime.receive({ kind: 'load', settings: SETTINGS });
  return { runtime, next, exitCode, reports };
}

function request(id: number, over: Partial<SequenceRequest> = {}): SequenceRequest {
  return {
    id,
    sourceTokenIds: Int32Array.of(5, 6, 2),
    forcedBosId: 7,
    options: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 2, maxLength: 12 },
    ...over,
  };
}

describe('EngineRuntime', () => {
  it('takes the first steps of a self-test before it is ready', async () => {
    const model = new ScriptedModel(TABLE, VOCABULARY);
    let steps = 0;
    const { runtime, next, exitCode } = startEngine(() =>
      Promise.resolve({
        facts: model.facts,
        threads: model.threads,
        encode: (batch) => model.encode(batch),
        step: (batch) => {
          steps++;
          return model.step(batch);
        },
      }),
    );
    await next('ready');
    expect(steps).toBe(START_STEPS);
    runtime.receive({ kind: 'stop' });
    await exitCode;
  });

  it('is ready after a warm-up, finishes what it is given, and stops when told', async () => {
    const { runtime, next, exitCode } = startEngine();
    expect(await next('ready')).toMatchObject({ facts: { maxSentences: 2 } });
    runtime.receive({ kind: 'submit', requests: [request(1), request(2), request(3)] });
    const finished = new Set<number>();
    while (finished.size < 3) {
      const report = await next('finished');
      if (report.kind === 'finished') for (const { id } of report.sequences) finished.add(id);
    }
    expect([...finished].sort()).toEqual([1, 2, 3]);
    runtime.receive({ kind: 'stop' });
    expect(await exitCode).toBe(0);
  });

  it('uses its other session while it has company', async () => {
    let companySteps = 0;
    const { runtime, next, exitCode } = startEngine(undefined, {
      onCompanyStep: () => companySteps++,
    });
    await next('ready');
    const finish = async (id: number): Promise<void> => {
      runtime.receive({ kind: 'submit', requests: [request(id)] });
      expect(await next('finished')).toMatchObject({ sequences: [{ id }] });
    };
    await finish(1);
    expect(companySteps).toBe(0);
    runtime.receive({ kind: 'company', hasCompany: true });
    await finish(2);
    expect(companySteps).toBeGreaterThan(0);
    const before = companySteps;
    runtime.receive({ kind: 'company', hasCompany: false });
    await finish(3);
    expect(companySteps).toBe(before);
    runtime.receive({ kind: 'stop' });
    expect(await exitCode).toBe(0);
  });

  it('loads its other session when nobody has wanted anything for a while', async () => {
    let loads = 0;
    const { runtime, next, exitCode } = startEngine(undefined, { onCompanyLoad: () => loads++ });
    await next('ready');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    runtime.receive({ kind: 'submit', requests: [request(1)] });
    await next('finished');
    for (let beat = 0; beat < 5; beat++) {
      expect(loads).toBe(0);
      await next('heartbeat');
      await vi.advanceTimersByTimeAsync(1000);
    }
    await next('heartbeat');
    expect(loads).toBe(1);
    vi.useRealTimers();
    runtime.receive({ kind: 'company', hasCompany: true });
    runtime.receive({ kind: 'submit', requests: [request(2)] });
    await next('finished');
    expect(loads).toBe(1);
    runtime.receive({ kind: 'stop' });
    expect(await exitCode).toBe(0);
  });

  it('lets itself be heard before and after each long run of a turn, and when it has loaded for company', async () => {
    const model = new ScriptedModel(TABLE, VOCABULARY);
    let nowMs = 0;
    const { runtime, next, exitCode, reports } = startEngine(
      () =>
        Promise.resolve({
          facts: model.facts,
          threads: model.threads,
          encode: (batch) => {
            nowMs += 1500;
            return model.encode(batch);
          },
          step: (batch) => model.step(batch),
        }),
      { onCompanyLoad: () => (nowMs += 3000), now: () => nowMs },
    );
    // The self-test counts as a turn.
    expect(await next('heartbeat')).toMatchObject({ status: { p99TurnMs: 1500 } });
    const heard = reports.length;
    // Together they are too long for one run of the encoder.
    const sourceTokenIds = new Int32Array(200).fill(5);
    runtime.receive({ kind: 'company', hasCompany: true });
    runtime.receive({
      kind: 'submit',
      requests: [1, 2].map((id) => request(id, { sourceTokenIds })),
    });
    await next('finished');
    const kinds = reports.slice(heard).map(({ kind }) => kind);
    expect(kinds.slice(0, 5)).toEqual([...Array<string>(4).fill('heartbeat'), 'finished']);
    // What the second run takes is known from the first.
    expect(reports.slice(heard, heard + 4)).toMatchObject(
      [0, 0, 1500, 0].map((expectedRunMs) => ({ status: { expectedRunMs } })),
    );
    runtime.receive({ kind: 'stop' });
    expect(await exitCode).toBe(0);
  });

  it('counts its steps in what it reports', async () => {
    const { runtime, next } = startEngine();
    await next('ready');
    runtime.receive({ kind: 'submit', requests: [request(1)] });
    const report = await next('finished');
    expect(report).toMatchObject({
      status: { statistics: { finishedSentences: 1, encoderRuns: 1 } },
    });
    runtime.receive({ kind: 'stop' });
  });

  it('reports each event and each millisecond of the processor once', async () => {
    const { runtime, next, exitCode, reports } = startEngine();
    await next('ready');
    for (const id of [1, 2, 3]) {
      runtime.receive({ kind: 'submit', requests: [request(id)] });
      await next('finished');
    }
    // Idle again: it has nothing more to tell.
    while (reports.at(-1)?.kind !== 'heartbeat') await next('heartbeat');
    const statuses = reports.flatMap((report) => ('status' in report ? [report.status] : []));
    const events = statuses.flatMap(({ recent }) => recent.events);
    const last = statuses.at(-1)?.statistics;
    expect(events.filter(({ kind }) => kind === 'stepped')).toHaveLength(last?.steps ?? 0);
    expect(events.filter(({ kind }) => kind === 'finished')).toHaveLength(3);
    // The host's clock of the processor goes on by 5 ms whenever it is read.
    expect(statuses.map(({ recent }) => recent.cpuMs)).toEqual(statuses.map(() => 5));
    runtime.receive({ kind: 'stop' });
    expect(await exitCode).toBe(0);
  });

  it.each([
    ['no source', { sourceTokenIds: new Int32Array() }, /source has 0 tokens/],
    [
      'a source that is too long',
      { sourceTokenIds: new Int32Array(600).fill(4) },
      /takes 1 to 512/,
    ],
    ['a token outside the vocabulary', { sourceTokenIds: Int32Array.of(4, 99) }, /token 99/],
    ['a forced token outside the vocabulary', { forcedBosId: 30 }, /forced first token is 30/],
    [
      'impossible options',
      { options: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 0 } },
      /beamSize is 0/,
    ],
  ])('refuses %s and goes on', async (_, fault, message) => {
    const { runtime, next } = startEngine();
    await next('ready');
    runtime.receive({ kind: 'submit', requests: [request(1, fault), request(2)] });
    expect(await next('refused')).toEqual({
      kind: 'refused',
      id: 1,
      message: expect.stringMatching(message) as string,
    });
    expect(await next('finished')).toMatchObject({ sequences: [{ id: 2 }] });
    runtime.receive({ kind: 'stop' });
  });

  it('forgets what is cancelled, waiting or running', async () => {
    const { runtime, next, reports } = startEngine();
    await next('ready');
    const long = { ...request(0).options, maxLength: 400, minNewTokens: 390 };
    runtime.receive({
      kind: 'submit',
      requests: [1, 2, 3].map((id) => request(id, { options: long })),
    });
    await new Promise(setImmediate);
    runtime.receive({ kind: 'cancel', ids: [1, 2, 3] });
    runtime.receive({ kind: 'submit', requests: [request(4)] });
    expect(await next('finished')).toMatchObject({ sequences: [{ id: 4 }] });
    runtime.receive({ kind: 'stop' });
    expect(reports.filter(({ kind }) => kind === 'finished')).toHaveLength(1);
  });

  it('refuses a model that does not compute what its manifest says, and ends', async () => {
    const other = new ScriptedModel(noiseTable(VOCABULARY, 3), VOCABULARY);
    const { next, exitCode, reports } = startEngine(() => Promise.resolve(other));
    expect(await next('load-failed')).toEqual({
      kind: 'load-failed',
      message: expect.stringMatching(
        /^The model in none does not compute what its weights say: .* 0\.00100 is allowed/,
      ) as string,
    });
    expect(await exitCode).toBe(1);
    expect(reports.map(({ kind }) => kind)).toEqual(['load-failed']);
  });

  it('says why a model cannot be loaded, and ends', async () => {
    const { next, exitCode } = startEngine(() => Promise.reject(new Error('manifest.json is cut')));
    expect(await next('load-failed')).toEqual({
      kind: 'load-failed',
      message: 'manifest.json is cut',
    });
    expect(await exitCode).toBe(1);
  });
});
