import type { FileHandle } from 'node:fs/promises';
import type { ExpectedWeight } from './weight-names.js';

/** Numbers made at a time: the most of a tensor that is in memory. */
const PIECE_LENGTH = 1 << 20;
const HEADER_ALIGNMENT = 8;

/** What a tensor is filled with: noise from −amplitude to amplitude around `centre`. */
export interface Noise {
  readonly centre: number;
  readonly amplitude: number;
}

/**
 * Writes float32 tensors of noise in the safetensors format, piece by piece. The same names and shapes give
 * the same bytes on every machine. `onBytes` is told of each piece; what it throws ends the writing.
 */
export async function writeSyntheticWeights(
  file: FileHandle,
  weights: readonly ExpectedWeight[],
  noiseOf: (weight: ExpectedWeight) => Noise,
  onBytes: (bytes: number) => void,
): Promise<void> {
  // `write` may write less than all, as the disk fills up; `writeFile` goes on from where the file is.
  await file.writeFile(safetensorsHeader(weights));
  for (const weight of weights) {
    const next = noiseGenerator(weight.name, noiseOf(weight));
    for (let left = countElements(weight); left > 0; left -= PIECE_LENGTH) {
      const piece = new Float32Array(Math.min(left, PIECE_LENGTH));
      for (let i = 0; i < piece.length; i++) piece[i] = next();
      await file.writeFile(new Uint8Array(piece.buffer));
      onBytes(piece.byteLength);
    }
  }
}

function safetensorsHeader(weights: readonly ExpectedWeight[]): Buffer {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let begin = 0;
  for (const weight of weights) {
    const end = begin + 4 * countElements(weight);
    entries[weight.name] = { dtype: 'F32', shape: weight.shape, data_offsets: [begin, end] };
    begin = end;
  }
  const json = Buffer.from(JSON.stringify(entries));
  const length = Math.ceil(json.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  const header = Buffer.alloc(8 + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  json.copy(header, 8);
  return header;
}

function countElements({ shape }: ExpectedWeight): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/** Source: xorshift32, Marsaglia, 2003, "Xorshift RNGs"; seeded with the name's FNV-1a hash. */
function noiseGenerator(name: string, { centre, amplitude }: Noise): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(name)) state = Math.imul(state ^ byte, 0x01000193);
  if (state === 0) state = 1;
  const factor = amplitude / 2 ** 31;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return centre + state * factor;
  };
}
