import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../checkpoint.js';
import type { WeightSource } from '../source/weight-source.js';
import { ReferenceModel } from './reference-model.js';
import { streamLogits } from './stream-logits.js';

const folder = fileURLToPath(new URL('../../../../test/fixtures/tiny-m2m100', import.meta.url));

/** What Hugging Face transformers 4.57.6 computes in float32: test/fixtures/README.md. */
interface ExpectedForward {
  readonly input_ids: [number[]];
  readonly decoder_input_ids: [number[]];
  readonly 'encoder_last_hidden_state[0,:3,:8]': number[][];
  readonly 'logits[0,:,:8]': number[][];
}

let checkpoint: Checkpoint;
let expected: ExpectedForward;
let model: ReferenceModel;
beforeAll(async () => {
  checkpoint = await openCheckpoint(folder);
  model = await ReferenceModel.load(checkpoint);
  expected = JSON.parse(
    await readFile(join(folder, 'expected-forward.json'), 'utf8'),
  ) as ExpectedForward;
});
afterAll(() => checkpoint.weights.close());

function expectRows(rows: Float64Array, size: number, wanted: readonly number[][]): void {
  for (const [row, values] of wanted.entries())
    for (const [i, value] of values.entries())
      expect(Math.abs(rows[row * size + i]! - value)).toBeLessThan(1e-4);
}

describe('ReferenceModel', () => {
  it("computes Hugging Face's encoder states", () => {
    const states = model.encode(expected.input_ids[0]);
    expect(states.length).toBe(expected.input_ids[0].length * checkpoint.shape.modelDim);
    expectRows(states, checkpoint.shape.modelDim, expected['encoder_last_hidden_state[0,:3,:8]']);
  });

  it("computes Hugging Face's teacher-forced logits", () => {
    const logits = model.decode(model.encode(expected.input_ids[0]), expected.decoder_input_ids[0]);
    const { vocabularySize } = checkpoint.shape;
    expect(logits.length).toBe(expected.decoder_input_ids[0].length * vocabularySize);
    expectRows(logits, vocabularySize, expected['logits[0,:,:8]']);
  });
});

describe('ReferenceModel.load', () => {
  it('reads each weight once, and the embedding under one of its names', async () => {
    const { weights, embeddingName } = checkpoint;
    const aliases = ['model.encoder.embed_tokens.weight', 'lm_head.weight'];
    const read: string[] = [];
    const aliased: WeightSource = {
      kind: weights.kind,
      fileNames: weights.fileNames,
      names: [...weights.names, ...aliases],
      shape: (name) => weights.shape(aliases.includes(name) ? embeddingName : name),
      read: (name) => {
        read.push(name);
        return weights.read(aliases.includes(name) ? embeddingName : name);
      },
      readRows: (name, from, to) => weights.readRows(name, from, to),
      close: () => Promise.resolve(),
    };
    await ReferenceModel.load({ ...checkpoint, weights: aliased });
    expect(read.sort()).toEqual([...weights.names].sort());
  });
});

describe('streamLogits', () => {
  it('computes the same logits to the bit, layer by layer, for several pairs at once', async () => {
    const [source, target] = [expected.input_ids[0], expected.decoder_input_ids[0]];
    const pairs = [
      { sourceTokenIds: source, targetTokenIds: target },
      { sourceTokenIds: [1211, 5, 2], targetTokenIds: [2, 1213] },
    ];
    const streamed = await streamLogits(checkpoint, pairs, 'fp32');
    const whole = pairs.map(({ sourceTokenIds, targetTokenIds }) =>
      model.decode(model.encode(sourceTokenIds), targetTokenIds),
    );
    expect(streamed).toEqual(whole);
  });
});
