import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  DECODER_TENSORS,
  ENCODER_TENSORS,
  type ModelShape,
  POSITION_OFFSET,
  PREPARED_FILES,
  readManifest,
} from '#libs/prepared-model';

/** A sentence and what has been decoded of it, free of any batch's layout. */
export interface Sentence {
  readonly sourceLength: number;
  /** Cross-attention keys and values, layer by layer, `[H, sourceLength, D]` each. */
  readonly cross: readonly Float32Array[];
  /** Keys and values of each node, `[2L, H·D]`. */
  readonly nodes: readonly Float32Array[];
  readonly beams: readonly Beam[];
}

interface Beam {
  readonly tokenId: number;
  /** Index of the token in the target. */
  readonly position: number;
  /** Nodes before it on its path. */
  readonly ancestors: readonly number[];
}

/** What a step says of one beam. */
export interface BeamOutput {
  readonly logProbabilities: Float32Array;
  readonly tokenIds: Int32Array;
  readonly logNormalizer: number;
  /** `[2L, H·D]`. */
  readonly node: Float32Array;
}

/** Everything about a batch that must not matter. */
export interface StepLayout {
  readonly querySlots: number;
  readonly poolLength: number;
  readonly sourceLength: number;
  readonly candidateCount: number;
  /** Order of the packed rows; the rows are the beams of all sentences, sentence after sentence. */
  readonly rowOrder: readonly number[];
  /** Value of every place that nothing may read. */
  readonly garbage: number;
}

/** The two graphs of a prepared folder, fed directly. */
export class GraphSessions {
  private constructor(
    private readonly shape: ModelShape,
    private readonly encoder: InferenceSession,
    private readonly decoder: InferenceSession,
  ) {}

  static async open(folder: string): Promise<GraphSessions> {
    const { shape } = await readManifest(folder);
    const options: InferenceSession.SessionOptions = { intraOpNumThreads: 2, logSeverityLevel: 2 };
    const encoder = await InferenceSession.create(join(folder, PREPARED_FILES.encoder), options);
    const decoder = await InferenceSession.create(join(folder, PREPARED_FILES.decoder), options);
    return new GraphSessions(shape, encoder, decoder);
  }

  async close(): Promise<void> {
    await this.encoder.release();
    await this.decoder.release();
  }

  /** Sentences without any beam yet. */
  async encode(sources: readonly (readonly number[])[], paddedLength: number): Promise<Sentence[]> {
    const { decoderLayers } = this.shape;
    const names = ENCODER_TENSORS;
    const rowSlots = sources.flatMap((source, b) => source.map((_, s) => b * paddedLength + s));
    const slotRows = new Array<number>(sources.length * paddedLength).fill(rowSlots.length - 1);
    rowSlots.forEach((slot, row) => (slotRows[slot] = row));
    const positions = sources.flatMap((source) => source.map((_, s) => s + POSITION_OFFSET));
    const outputs = await this.encoder.run({
      [names.tokenId]: int64(sources.flat(), [rowSlots.length]),
      [names.position]: int64(positions, [rowSlots.length]),
      [names.slotRow]: int64(slotRows, [sources.length, paddedLength]),
      [names.rowSlot]: int64(rowSlots, [rowSlots.length]),
      [names.sourceMask]: sourceMask(
        sources.map((source) => source.length),
        paddedLength,
      ),
    });
    const layers = Array.from({ length: decoderLayers }, (_, layer) => layer);
    const cross = layers.flatMap((layer) => [
      outputs[names.crossKey(layer)]!.data as Float32Array,
      outputs[names.crossValue(layer)]!.data as Float32Array,
    ]);
    return sources.map((source, b) => ({
      sourceLength: source.length,
      cross: cross.map((values) => this.#cut(values, b, paddedLength, source.length)),
      nodes: [],
      beams: [],
    }));
  }

  /** One step of all beams; the outputs are those of each sentence's beams. */
  async step(sentences: readonly Sentence[], layout: StepLayout): Promise<BeamOutput[][]> {
    const outputs = await this.decoder.run(this.#feeds(sentences, layout));
    const { candidateCount: k, rowOrder } = layout;
    const data = (name: string): Float32Array => outputs[name]!.data as Float32Array;
    const tokenIds = outputs[DECODER_TENSORS.candidateTokenId]!.data as Int32Array;
    const newKeyValue = data(DECODER_TENSORS.newKeyValue);
    const { modelDim, decoderLayers } = this.shape;
    const beamRow = invert(rowOrder);
    let beam = 0;
    return sentences.map(({ beams }) =>
      beams.map(() => {
        const row = beamRow[beam++]!;
        const node = new Float32Array(2 * decoderLayers * modelDim);
        for (let part = 0; part < 2 * decoderLayers; part++) {
          const begin = (part * rowOrder.length + row) * modelDim;
          node.set(newKeyValue.subarray(begin, begin + modelDim), part * modelDim);
        }
        return {
          logProbabilities: data(DECODER_TENSORS.candidateLogProbability).slice(
            row * k,
            row * k + k,
          ),
          tokenIds: tokenIds.slice(row * k, row * k + k),
          logNormalizer: data(DECODER_TENSORS.logNormalizer)[row]!,
          node,
        };
      }),
    );
  }

  #feeds(sentences: readonly Sentence[], layout: StepLayout): Record<string, Tensor> {
    const { heads, headSize, decoderLayers } = this.shape;
    const { querySlots, poolLength, sourceLength, rowOrder, garbage } = layout;
    const names = DECODER_TENSORS;
    const batch = sentences.length;
    const beams = sentences.flatMap((sentence, b) =>
      sentence.beams.map((beam, g) => ({ ...beam, slot: b * querySlots + g })),
    );
    const rows = rowOrder.map((beam) => beams[beam]!);
    const slotRows = new Array<number>(batch * querySlots).fill(rows.length - 1);
    rows.forEach(({ slot }, row) => (slotRows[slot] = row));
    const tree = new Float32Array(batch * querySlots * poolLength).fill(-1e9);
    for (const { slot, ancestors } of rows)
      for (const node of ancestors) tree[slot * poolLength + node] = 0;
    const feeds: Record<string, Tensor> = {
      [names.tokenId]: int64(
        rows.map(({ tokenId }) => tokenId),
        [rows.length],
      ),
      [names.position]: int64(
        rows.map(({ position }) => position + POSITION_OFFSET),
        [rows.length],
      ),
      [names.slotRow]: int64(slotRows, [batch, querySlots]),
      [names.rowSlot]: int64(
        rows.map(({ slot }) => slot),
        [rows.length],
      ),
      [names.tree]: new Tensor('float32', tree, [batch, 1, querySlots, poolLength]),
      [names.sourceMask]: sourceMask(
        sentences.map((one) => one.sourceLength),
        sourceLength,
      ),
      [names.candidateCount]: int64([layout.candidateCount], [1]),
    };
    const poolAxes = [batch, heads, poolLength, headSize];
    const sourceAxes = [batch, heads, sourceLength, headSize];
    for (let layer = 0; layer < decoderLayers; layer++)
      for (const [part, pool, cross] of [
        [2 * layer, names.poolKey(layer), names.crossKey(layer)],
        [2 * layer + 1, names.poolValue(layer), names.crossValue(layer)],
      ] as const) {
        feeds[pool] = new Tensor(
          'float32',
          this.#pool(sentences, part, poolLength, garbage),
          poolAxes,
        );
        feeds[cross] = new Tensor(
          'float32',
          this.#cross(sentences, part, sourceLength, garbage),
          sourceAxes,
        );
      }
    return feeds;
  }

  /** `[B, H, P, D]` of one key or value tensor. */
  #pool(
    sentences: readonly Sentence[],
    part: number,
    length: number,
    garbage: number,
  ): Float32Array {
    const { heads, headSize, modelDim } = this.shape;
    const pool = new Float32Array(sentences.length * heads * length * headSize).fill(garbage);
    for (const [b, { nodes }] of sentences.entries())
      for (const [p, node] of nodes.entries())
        for (let head = 0; head < heads; head++) {
          const begin = part * modelDim + head * headSize;
          pool.set(
            node.subarray(begin, begin + headSize),
            ((b * heads + head) * length + p) * headSize,
          );
        }
    return pool;
  }

  /** `[B, H, S, D]` of one key or value tensor. */
  #cross(
    sentences: readonly Sentence[],
    part: number,
    length: number,
    garbage: number,
  ): Float32Array {
    const { heads, headSize } = this.shape;
    const all = new Float32Array(sentences.length * heads * length * headSize).fill(garbage);
    for (const [b, { cross, sourceLength }] of sentences.entries())
      for (let head = 0; head < heads; head++) {
        const size = sourceLength * headSize;
        const values = cross[part]!.subarray(head * size, (head + 1) * size);
        all.set(values, (b * heads + head) * length * headSize);
      }
    return all;
  }

  /** `[H, length, D]` of sentence b of `[B, H, paddedLength, D]`. */
  #cut(values: Float32Array, b: number, paddedLength: number, length: number): Float32Array {
    const { heads, headSize } = this.shape;
    const cut = new Float32Array(heads * length * headSize);
    for (let head = 0; head < heads; head++) {
      const begin = (b * heads + head) * paddedLength * headSize;
      cut.set(values.subarray(begin, begin + length * headSize), head * length * headSize);
    }
    return cut;
  }
}

/** The sentence after a step: each beam became a node, and the next tokens follow on them. */
export function advance(
  sentence: Sentence,
  outputs: readonly BeamOutput[],
  nextTokenIds: readonly number[],
): Sentence {
  const first = sentence.nodes.length;
  return {
    ...sentence,
    nodes: [...sentence.nodes, ...outputs.map(({ node }) => node)],
    beams: sentence.beams.map(({ position, ancestors }, g) => ({
      tokenId: nextTokenIds[g]!,
      position: position + 1,
      ancestors: [...ancestors, first + g],
    })),
  };
}

export function startBeams(sentence: Sentence, count: number, startTokenId: number): Sentence {
  const beam: Beam = { tokenId: startTokenId, position: 0, ancestors: [] };
  return { ...sentence, beams: new Array<Beam>(count).fill(beam) };
}

function sourceMask(lengths: readonly number[], paddedLength: number): Tensor {
  const mask = new Int32Array(lengths.length * paddedLength);
  lengths.forEach((length, b) => mask.fill(1, b * paddedLength, b * paddedLength + length));
  return new Tensor('int32', mask, [lengths.length, paddedLength]);
}

function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

function invert(order: readonly number[]): number[] {
  const places: number[] = [];
  order.forEach((value, place) => (places[value] = place));
  return places;
}
