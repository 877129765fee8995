import { readdir, readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS, OperatorError, TranslationError } from '#libs/domain';
import {
  defaultEngineLimits,
  InferenceService,
  SUPERVISION_LIMITS,
  type SupervisionLimits,
} from '#libs/inference';
import { preparedModel } from '../support/prepared-models.js';

const LONG_WORK = {
  sourceTokenIds: Int32Array.of(1213, 541, 582, 786, 2),
  forcedBosId: 1211,
  options: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 5, maxLength: 250, minNewTokens: 249 },
};
const SHORT_WORK = {
  ...LONG_WORK,
  options: { ...LONG_WORK.options, minNewTokens: 0, maxLength: 8 },
};

/** Short enough for a test, long enough for a machine that is busy. */
const QUICK: SupervisionLimits = {
  ...SUPERVISION_LIMITS,
  silenceMs: 3000,
  firstRestartDelayMs: 10,
  longestRestartDelayMs: 20,
};

const NO_ENDS = { crash: 0, out_of_memory: 0, killed: 0, hang: 0, load: 0 };

describe('an engine process', () => {
  const started: InferenceService[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((inference) => inference.stop()));
  });

  async function create(
    over: { preparedFolder?: string; replicas?: number; supervision?: SupervisionLimits } = {},
  ): Promise<InferenceService> {
    const { replicas = 1, supervision = QUICK } = over;
    const preparedFolder = over.preparedFolder ?? (await preparedModel('tiny', 'fp32'));
    const inference = new InferenceService(
      {
        engine: { preparedFolder, threads: 2, limits: defaultEngineLimits(4) },
        replicas,
        supervision,
      },
      { info: () => undefined, error: () => undefined },
    );
    started.push(inference);
    return inference;
  }

  function processIdOf(inference: InferenceService, replica = 0): number {
    const processId = inference.engines[replica]?.processId;
    if (processId === undefined) throw new Error(`replica ${replica} has no engine`);
    return processId;
  }

  function until(inference: InferenceService, condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      inference.onChange(() => {
        if (condition()) resolve();
      });
      if (condition()) resolve();
    });
  }

  function whenState(inference: InferenceService, state: InferenceService['state']): Promise<void> {
    return until(inference, () => inference.state === state);
  }

  function submit(
    inference: InferenceService,
    works: readonly (typeof LONG_WORK)[],
  ): Promise<string[]> {
    return Promise.all(
      inference.submit(works).map(({ result }) =>
        result.then(
          () => 'done',
          (error: unknown) => (error instanceof TranslationError ? error.code : String(error)),
        ),
      ),
    );
  }

  it('is replaced when it is killed, and what it had is done by the next', async () => {
    const inference = await create();
    await inference.start();
    const outcomes = submit(inference, [LONG_WORK, LONG_WORK, LONG_WORK]);
    const firstId = processIdOf(inference);
    const isDown = whenState(inference, 'starting');
    process.kill(firstId, 'SIGKILL');
    await isDown;
    expect(() => inference.submit([SHORT_WORK])).toThrow(TranslationError);
    expect(await outcomes).toEqual(['done', 'done', 'done']);
    expect(processIdOf(inference)).not.toBe(firstId);
    expect(inference.engines[0]?.ends).toEqual({ ...NO_ENDS, killed: 1 });
    expect(inference.room).toBe(4);
  });

  it('is replaced when it stands still, working or idle', async () => {
    const inference = await create();
    await inference.start();
    for (const works of [[LONG_WORK, LONG_WORK], []]) {
      const stoppedId = processIdOf(inference);
      const outcomes = submit(inference, works);
      const isDown = whenState(inference, 'starting');
      process.kill(stoppedId, 'SIGSTOP');
      await isDown;
      expect(() => process.kill(stoppedId, 0)).toThrow(/ESRCH/);
      await whenState(inference, 'ready');
      expect(await outcomes).toEqual(works.map(() => 'done'));
    }
    expect(inference.engines[0]?.ends).toEqual({ ...NO_ENDS, hang: 2 });
  });

  it('is not replaced for a pause that is shorter than the limit', async () => {
    const inference = await create();
    await inference.start();
    const processId = processIdOf(inference);
    const outcomes = submit(inference, [LONG_WORK]);
    process.kill(processId, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, QUICK.silenceMs / 3));
    process.kill(processId, 'SIGCONT');
    expect(await outcomes).toEqual(['done']);
    expect(processIdOf(inference)).toBe(processId);
  });

  it('is given up when it ends too often, and its sentences are told', async () => {
    const inference = await create({ supervision: { ...QUICK, maxRestarts: 2 } });
    await inference.start();
    const first = submit(inference, [LONG_WORK]);
    for (let end = 0; end < 3; end++) {
      await whenState(inference, 'ready');
      const isDown = until(inference, () => inference.state !== 'ready');
      process.kill(processIdOf(inference), 'SIGKILL');
      await isDown;
    }
    await whenState(inference, 'failed');
    // It was alone with the engine the second time.
    expect(await first).toEqual(['engine-failed']);
    expect(() => inference.submit([SHORT_WORK])).toThrow(
      expect.objectContaining({ code: 'engine-unavailable' }) as Error,
    );
  });

  it('works as soon as it is ready, before the other replicas are', async () => {
    const inference = await create({ replicas: 2 });
    await inference.start();
    expect(inference.engines.map(({ state }) => state)).toEqual(['ready', 'starting']);
    expect(inference.state).toBe('ready');
    expect(await submit(inference, [SHORT_WORK])).toEqual(['done']);
    await until(inference, () => inference.room === 8);
  });

  it.runIf(process.platform === 'linux')('is gone after a stop while it loads', async () => {
    const children = (): Promise<string> =>
      readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
    const before = await children();
    const inference = await create({ replicas: 2 });
    await inference.start();
    expect((await children()).split(' ')).toHaveLength(before.split(' ').length + 2);
    await inference.stop();
    expect(inference.engines.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(await children()).toBe(before);
  });

  it('leaves the other replicas alone when it ends', async () => {
    const inference = await create({ replicas: 2 });
    await inference.start();
    await until(inference, () => inference.room === 8);
    const outcomes = submit(inference, Array<typeof LONG_WORK>(8).fill(LONG_WORK));
    const survivorId = processIdOf(inference, 1);
    process.kill(processIdOf(inference, 0), 'SIGKILL');
    await until(inference, () => inference.engines[0]?.state === 'starting');
    expect(inference.state).toBe('ready');
    expect(await submit(inference, [SHORT_WORK])).toEqual(['done']);
    expect(await outcomes).toEqual(Array<string>(8).fill('done'));
    expect(processIdOf(inference, 1)).toBe(survivorId);
  });

  it.runIf(process.platform === 'linux')('yields to the service', async () => {
    const inference = await create();
    await inference.start();
    const folder = `/proc/${processIdOf(inference)}/task`;
    const threads = await readdir(folder);
    const niceness = await Promise.all(
      threads.map(async (thread) => {
        const stat = await readFile(`${folder}/${thread}/stat`, 'utf8');
        // proc(5): the 19th field; the 2nd, in parentheses, may have blanks.
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
      }),
    );
    // The main thread, and the second one of each of the two sessions; V8 has made its own before.
    expect(niceness.filter((nice) => nice === 10).length).toBeGreaterThanOrEqual(3);
  });

  it('drops a cancelled sentence and goes on with the next', async () => {
    const inference = await create();
    await inference.start();
    const tickets = inference.submit([LONG_WORK, LONG_WORK, LONG_WORK, LONG_WORK]);
    expect(inference.room).toBe(0);
    const reason = new TranslationError('client-closed', 'gone');
    const outcomes = tickets.map(({ result }) => result.catch((error: unknown) => error));
    for (const ticket of tickets) ticket.cancel(reason);
    expect(await Promise.all(outcomes)).toEqual([reason, reason, reason, reason]);
    const [next] = inference.submit([SHORT_WORK]);
    expect((await next?.result)?.hypotheses[0]?.tokenIds[1]).toBe(1211);
    expect(inference.statistics.finishedSentences).toBe(1);
  });

  it('refuses a sentence that the model cannot take, with the limit', async () => {
    const inference = await create();
    await inference.start();
    const [ticket] = inference.submit([
      { ...SHORT_WORK, sourceTokenIds: new Int32Array(300).fill(4) },
    ]);
    await expect(ticket?.result).rejects.toMatchObject({
      code: 'invalid-request',
      message: 'The source has 300 tokens; the model takes 1 to 256.',
    });
  });

  it('says which file is missing where there is no model', async () => {
    const inference = await create({ preparedFolder: '/nowhere/at-all' });
    await expect(inference.start()).rejects.toThrow(OperatorError);
    await expect(inference.start()).rejects.toThrow(/nowhere\/at-all/);
  });

  it('does not get ready for ever', async () => {
    const inference = await create({ supervision: { ...QUICK, startMs: 1 } });
    await expect(inference.start()).rejects.toThrow('The engine was not ready within 0.001 s.');
  });

  it('ends when it is stopped, and takes nothing any more', async () => {
    const inference = await create();
    await inference.start();
    const processId = processIdOf(inference);
    await inference.stop();
    expect(inference.state).toBe('stopped');
    expect(() => process.kill(processId, 0)).toThrow(/ESRCH/);
  });
});
