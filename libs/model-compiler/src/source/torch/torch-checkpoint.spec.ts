import { access, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { pickle, pickleView, torchFile, zipFile } from '../../../../../test/support/torch-file.js';
import { openWeights } from '../open-weights.js';
import type { WeightSource } from '../weight-source.js';

const FIXTURES = fileURLToPath(new URL('../../../../../test/fixtures/torch/', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'torch-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function openFixture(name: string): Promise<WeightSource> {
  await copyFile(join(FIXTURES, name), join(folder, 'pytorch_model.bin'));
  return openWeights(folder);
}

async function openBytes(bytes: Uint8Array): Promise<WeightSource> {
  await writeFile(join(folder, 'pytorch_model.bin'), bytes);
  return openWeights(folder);
}

async function expectRefusal(bytes: Uint8Array, message: RegExp | string): Promise<void> {
  const error: unknown = await openBytes(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OperatorError);
  expect(String(error)).toMatch(message);
  expect(String(error).split('\n')).toHaveLength(1);
}

/** A state dict whose one tensor is that value. */
function withValue(value: Uint8Array): Buffer {
  return torchFile(pickle.of(pickle.dictionary([['w', value]])));
}

describe("torch's files", () => {
  it.each(['state.bin', 'protocol4.bin'])('reads from %s what torch wrote', async (name) => {
    const json = await readFile(join(FIXTURES, 'expected.json'), 'utf8');
    const expected = JSON.parse(json) as Record<string, { shape: number[]; values: number[] }>;
    const source = await openFixture(name);
    expect(source.kind).toBe('torch');
    expect(source.fileNames).toEqual(['pytorch_model.bin']);
    expect(source.names).toEqual(Object.keys(expected));
    for (const [tensor, { shape, values }] of Object.entries(expected)) {
      expect(source.shape(tensor)).toEqual(shape);
      if (tensor !== 'positions') expect([...(await source.read(tensor))]).toEqual(values);
    }
    await source.close();
  });

  it('reads some rows of a transposed matrix', async () => {
    const source = await openFixture('state.bin');
    expect([...(await source.readRows('transposed', 1, 3))]).toEqual([1, 5, 9, 2, 6, 10]);
    await source.close();
  });

  it('opens whole numbers but does not read them as weights', async () => {
    const source = await openFixture('state.bin');
    await expect(source.read('positions')).rejects.toThrow(/positions has the type I64/);
    await source.close();
  });

  it('reads zip64', async () => {
    const entries = [
      {
        name: 'm/data.pkl',
        content: pickle.of(
          pickle.dictionary([['w', pickleView({ key: 'a', elements: 1, shape: [1] })]]),
        ),
      },
      { name: 'm/data/a', content: Buffer.from(Float32Array.of(0.5).buffer) },
    ];
    const source = await openBytes(zipFile(entries, {}));
    expect([...(await source.read('w'))]).toEqual([0.5]);
    await source.close();
  });

  it.each([
    [
      'legacy.bin',
      /format from before version 1\.6.* Convert it with: python -c "import sys, torch/,
    ],
    [
      'strided.bin',
      /a tensor of the shape \[3, 2\] has the strides \[4, 2\]; save it with \.contiguous/,
    ],
    ['training.bin', /"epoch" in it is no tensor/],
  ])('refuses %s', async (name, message) => {
    await expectRefusal(await readFile(join(FIXTURES, name)), message);
  });

  it('refuses the call of os.system by its name and does not run it', async () => {
    await expectRefusal(
      await readFile(join(FIXTURES, 'calls-system.bin')),
      /data\.pkl in .* names "posix\.system", which has no place in a state dict and may run code\. It was not run/,
    );
    await expect(access('executed-by-the-unpickler')).rejects.toThrow(/ENOENT/);
  });

  it.each([
    ['os', 'system'],
    ['builtins', 'eval'],
    ['torch', 'load'],
    ['torch._utils', '_rebuild_qtensor'],
    ['collections', 'OrderedDict.fromkeys'],
    ['__main__', 'x'.repeat(300)],
    ['__proto__', 'toString'],
  ])('refuses %s.%s by its name', async (module, name) => {
    const global = pickle.global(module, name);
    const refusal = `names "${`${module}.${name}`.slice(0, 80)}`;
    await expectRefusal(withValue(pickle.call(global)), refusal);
    // The same name from the stack, as protocol 4 has it.
    const stacked = Buffer.concat([pickle.text(module), pickle.text(name), Buffer.from([0x93])]);
    await expectRefusal(withValue(pickle.call(stacked)), refusal);
  });
});
