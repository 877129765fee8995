import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '#libs/domain';
import { WeightsFile } from './weights-file.js';

let folder: string;
let file: WeightsFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  file = await WeightsFile.create(join(folder, 'weights.data'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('WeightsFile', () => {
  it('keeps tensors below a KiB in the graph and puts the others on pages of the file', async () => {
    const ramp = Float32Array.from({ length: 300 }, (_, i) => i);
    const small = await file.write('small', 'float32', [255], ramp.subarray(0, 255));
    const first = await file.write('first', 'float32', [100, 3], ramp);
    const second = await file.write('second', 'int8', [1024], new Int8Array(1024).fill(-3));
    await file.close();

    expect(small.data).toEqual({
      kind: 'inline',
      bytes: Buffer.from(ramp.buffer, 0, 255 * 4),
    });
    const place = { kind: 'external', fileName: 'weights.data' };
    expect(first.data).toEqual({ ...place, offset: 0, bytes: 1200 });
    expect(second.data).toEqual({ ...place, offset: 4096, bytes: 1024 });
    const bytes = await readFile(join(folder, 'weights.data'));
    expect(bytes.length).toBe(4096 + 1024);
    expect(bytes.subarray(0, 1200).equals(Buffer.from(ramp.buffer))).toBe(true);
    expect(bytes.subarray(1200, 4096).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(4096).every((byte) => byte === 253)).toBe(true);
  });

  it('writes pieces one after the other', async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 4; i++) yield Promise.resolve(new Uint8Array(500).fill(i));
    }
    await file.writePieces('whole', 'uint8', [4, 500], pieces());
    await file.close();
    const bytes = await readFile(join(folder, 'weights.data'));
    expect(bytes.every((byte, i) => byte === Math.floor(i / 500))).toBe(true);
  });

  it('finds what was written, so that two graphs share it', async () => {
    expect(file.find('table')).toBeUndefined();
    const table = await file.write('table', 'int8', [2], Int8Array.of(1, 2));
    expect(file.find('table')).toBe(table);
    const again = file.write('table', 'int8', [2], Int8Array.of(1, 2));
    await expect(again).rejects.toThrow(InvariantError);
    await file.close();
  });

  it('refuses values that do not fill the axes', async () => {
    const short = file.write('short', 'float32', [2, 2], new Float32Array(3));
    await expect(short).rejects.toThrow('the tensor short has 12 bytes, not 16');
    await file.close();
  });
});
