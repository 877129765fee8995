import { execFile } from 'node:child_process';
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
});
