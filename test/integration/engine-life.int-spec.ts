import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS, OperatorError, TranslationError } from '#libs/domain';
import { defaultEngineLimits, InferenceService } from '#libs/inference';
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

describe('an engine process', () => {
  const started: InferenceService[] = [];
  const processIds: number[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((inference) => inference.stop()));
    processIds.length = 0;
  });

  async function create(preparedFolder?: string): Promise<InferenceService> {
    const inference = new InferenceService(
      {
        engine: {
          preparedFolder: preparedFolder ?? (await preparedModel('tiny', 'fp32')),
          threads: 1,
          limits: defaultEngineLimits(4),
        },
        replicas: 1,
      },
      {
        info: ({ processId }) => {
          if (typeof processId === 'number') processIds.push(processId);
        },
        error: () => undefined,
      },
    );
    started.push(inference);
    return inference;
  }

  function whenState(inference: InferenceService, state: InferenceService['state']): Promise<void> {
    return new Promise((resolve) => {
      inference.onChange(() => {
        if (inference.state === state) resolve();
      });
      if (inference.state === state) resolve();
    });
  }

  it('fails its sentences when it crashes, and another one takes its place', async () => {
    const inference = await create();
    await inference.start();
    const [ticket] = inference.submit([LONG_WORK]);
    const failure = ticket?.result.catch((error: unknown) => error);
    const isDown = whenState(inference, 'starting');
    process.kill(processIds[0] ?? 0, 'SIGKILL');
    expect(await failure).toMatchObject({ code: 'engine-failed' });
    await isDown;
    expect(() => inference.submit([SHORT_WORK])).toThrow(TranslationError);
    await whenState(inference, 'ready');
    expect(processIds).toHaveLength(2);
    const [next] = inference.submit([SHORT_WORK]);
    expect((await next?.result)?.hypotheses[0]?.tokenIds[1]).toBe(1211);
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
    await next?.result;
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
    const inference = await create('/nowhere/at-all');
    await expect(inference.start()).rejects.toThrow(OperatorError);
    await expect(inference.start()).rejects.toThrow(/nowhere\/at-all/);
  });

  it('ends when it is stopped, and takes nothing any more', async () => {
    const inference = await create();
    await inference.start();
    await inference.stop();
    expect(inference.state).toBe('stopped');
    expect(() => process.kill(processIds[0] ?? 0, 0)).toThrow(/ESRCH/);
  });
});
