import type {
  EncodedSources,
  EncoderBatch,
  ModelFacts,
  ModelPort,
  StepBatch,
  StepOutput,
} from '#libs/decoding';
import { seededRandom } from './seeded-random.js';

/** The next token's log-probabilities `[vocabulary]`, float32, after a target, for a source. */
export type NextTokenTable = (source: readonly number[], target: readonly number[]) => Float32Array;

/**
 * A model that looks its log-probabilities up in a table. Keys and values of a token are the token itself
 * and its position, so a table is asked for exactly what attention can see: the source that the mask shows,
 * and the nodes that the tree shows. A node in the wrong place, a stale slot or a wrong mask changes the
 * answer.
 */
export class ScriptedModel implements ModelPort {
  readonly facts: ModelFacts;
  steps = 0;

  constructor(
    private readonly table: NextTokenTable,
    vocabularySize: number,
    /** Added to a row's log-probabilities to make its logits. */
    private readonly logNormalizer = 0,
  ) {
    this.facts = {
      heads: 1,
      headSize: 2,
      decoderLayers: 1,
      vocabularySize,
      maxPositions: 512,
      endTokenId: 2,
      decoderStartTokenId: 2,
    };
  }

  encode(batch: EncoderBatch): Promise<EncodedSources> {
    const places = batch.sentences * batch.paddedLength;
    // Padding is filled with what would be a token, to be seen if the mask let it through.
    const encoded = new Float32Array(places * 2).fill(99);
    batch.rowSlots.forEach((slot, row) => {
      encoded[slot * 2] = batch.tokenIds[row]!;
      encoded[slot * 2 + 1] = batch.positions[row]!;
    });
    return Promise.resolve([encoded, encoded.slice()]);
  }

  step(batch: StepBatch): Promise<StepOutput> {
    this.steps++;
    const rows = batch.tokenIds.length;
    const { candidateCount } = batch;
    const output = {
      candidateCount,
      logProbabilities: new Float32Array(rows * candidateCount),
      tokenIds: new Int32Array(rows * candidateCount),
      logNormalizers: new Float32Array(rows).fill(this.logNormalizer),
      newKeyValues: new Float32Array(2 * rows * 2),
    };
    for (let row = 0; row < rows; row++) {
      const sentence = Math.floor(batch.rowSlots[row]! / batch.querySlots);
      const target = [...this.#visibleNodes(batch, row, sentence), batch.tokenIds[row]!];
      const table = this.table(this.#visibleSource(batch, sentence), target);
      const best = Array.from(table.keys()).sort((a, b) => table[b]! - table[a]! || a - b);
      for (let k = 0; k < candidateCount; k++) {
        output.tokenIds[row * candidateCount + k] = best[k]!;
        output.logProbabilities[row * candidateCount + k] = table[best[k]!]!;
      }
      for (const tensor of [0, 1])
        output.newKeyValues.set(
          [batch.tokenIds[row]!, batch.positions[row]!],
          (tensor * rows + row) * 2,
        );
    }
    return Promise.resolve(output);
  }

  #visibleNodes({ tree, nodes, rowSlots }: StepBatch, row: number, sentence: number): number[] {
    const seen: [number, number][] = [];
    for (let place = 0; place < nodes.length; place++) {
      if (tree[rowSlots[row]! * nodes.length + place] !== 0) continue;
      const at = (sentence * nodes.length + place) * 2;
      seen.push([nodes.tensors[0]![at]!, nodes.tensors[0]![at + 1]!]);
    }
    return seen.sort((a, b) => a[1] - b[1]).map(([tokenId]) => tokenId);
  }

  #visibleSource({ sourceMask, sources }: StepBatch, sentence: number): number[] {
    const source: number[] = [];
    for (let place = 0; place < sources.length; place++) {
      if (sourceMask[sentence * sources.length + place] === 1)
        source.push(sources.tensors[1]![(sentence * sources.length + place) * 2]!);
    }
    return source;
  }
}

/**
 * A table of noise that depends on every token of the source and of the target, with an end token that gets
 * likelier as the target grows.
 */
export function noiseTable(
  vocabularySize: number,
  endTokenId: number,
  sharpness = 2,
): NextTokenTable {
  return (source, target) => {
    let seed = 17;
    for (const token of [...source, -1, ...target]) seed = (Math.imul(seed, 31) + token + 7) >>> 0;
    const random = seededRandom(seed);
    const logits = Array.from({ length: vocabularySize }, () => sharpness * random());
    logits[endTokenId] = (logits[endTokenId] ?? 0) + target.length * 0.15 - 1;
    const logZ = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return Float32Array.from(logits, (logit) => logit - logZ);
  };
}
