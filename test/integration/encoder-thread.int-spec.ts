import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecodeLoop, type FinishedSequence, type SequenceRequest } from '#libs/decoding';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { defaultEngineLimits, OnnxModel } from '#libs/inference';
import { preparedModel } from '../support/prepared-models.js';

const SENTENCE: SequenceRequest = {
  id: 1,
  sourceTokenIds: Int32Array.of(128, 5, 6, 7, 2),
  forcedBosId: 129,
  options: DEFAULT_GENERATION_OPTIONS,
};
/** No vocabulary has it: onnxruntime refuses to look it up. */
const NO_TOKEN = 2 ** 30;

async function decode(
  model: OnnxModel,
  request: SequenceRequest,
): Promise<FinishedSequence[] | undefined> {
  const loop = new DecodeLoop(model, defaultEngineLimits(), () => performance.now());
  loop.submit(request);
  let finished: FinishedSequence[] | undefined;
  do finished = await loop.turn();
  while (finished?.length === 0);
  return finished;
}

describe("the encoder's thread", () => {
  let folder: string;
  let model: OnnxModel;
  beforeAll(async () => {
    folder = await preparedModel('tiny', 'int8');
    model = await OnnxModel.load(folder, { threads: 2 });
  });
  afterAll(() => model.release());

  it('says why a run fails, and runs again', async () => {
    const before = await decode(model, SENTENCE);
    const sourceTokenIds = Int32Array.of(...SENTENCE.sourceTokenIds, NO_TOKEN);
    await expect(decode(model, { ...SENTENCE, sourceTokenIds })).rejects.toThrow(/Gather.*bounds/s);
    expect(await decode(model, SENTENCE)).toEqual(before);
    expect(before).toHaveLength(1);
  });

  it('does not keep a process that has nothing else to do', async () => {
    const script = `import { OnnxModel } from '#libs/inference';
      await OnnxModel.load(process.argv[1], { threads: 1 });
      process.stdout.write('loaded');`;
    const node = promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      script,
      folder,
    ]);
    expect(await node).toEqual({ stdout: 'loaded', stderr: '' });
  });

  it('leaves the processor alone between runs, as does the decoder', async () => {
    const script = `import { setTimeout } from 'node:timers/promises';
      import { DecodeLoop } from '#libs/decoding';
      import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
      import { defaultEngineLimits, OnnxModel } from '#libs/inference';
      const model = await OnnxModel.load(process.argv[1], { threads: 3 });
      const loop = new DecodeLoop(model, defaultEngineLimits(), () => performance.now());
      const burntMs = [];
      for (let run = 0; run < 5; run++) {
        loop.submit({
          id: run,
          sourceTokenIds: new Int32Array(200).fill(5),
          forcedBosId: 5,
          options: { ...DEFAULT_GENERATION_OPTIONS, maxLength: 4 },
        });
        while ((await loop.turn()) !== undefined);
        const before = process.cpuUsage();
        await setTimeout(10);
        const { user, system } = process.cpuUsage(before);
        burntMs.push((user + system) / 1000);
      }
      process.stdout.write(String(Math.min(...burntMs)));`;
    const args = ['--input-type=module', '-e', script, await preparedModel('demo', 'int8')];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(Number(stdout)).toBeLessThan(5);
  });

  it('ends without a word where its engine has lost its parent, in the middle of a run, too', async () => {
    // Long sources and short targets: the encoder runs nearly all of the time.
    const script = `import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
      import { defaultEngineLimits, InferenceService } from '#libs/inference';
      const engine = { preparedFolder: process.argv[1], threads: 2, limits: defaultEngineLimits() };
      const log = { info: () => undefined, error: () => undefined };
      const inference = new InferenceService({ engine, replicas: 1 }, log);
      await inference.start();
      const sentence = {
        sourceTokenIds: new Int32Array(1000).fill(5),
        forcedBosId: 5,
        options: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 1, maxLength: 3 },
      };
      inference.submit(Array.from({ length: 64 }, () => sentence));
      // It says so between two runs.
      await new Promise((begun) =>
        inference.onStatus(({ statistics }) => { if (statistics.encoderRuns > 0) begun(); }));
      process.kill(process.pid, 'SIGKILL');`;
    const demo = await preparedModel('demo', 'int8');
    for (let kill = 0; kill < 5; kill++) {
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script, demo]);
      const stderr = text(parent.stderr);
      // The engine has the same stderr, which closes when both are gone.
      await once(parent, 'close');
      expect(await stderr).toBe('');
    }
  });
});
