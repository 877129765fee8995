import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { PAGE_PLACES } from '#libs/domain';
import {
  DECODER_TENSORS,
  ENCODER_TENSORS,
  type ModelShape,
  PAGED_ATTENTION_TENSORS,
  type PagedAttentionKind,
  POSITION_OFFSET,
  PREPARED_FILES,
  readManifest,
} from '#libs/prepared-model';

/** A sentence and what has been decoded of it, free of any batch's layout. */
export interface Sentence {
  readonly sourceLength: number;
  /** Cross-attention keys `[pages, H, D, C]` and values `[pages, H, C, D]`, layer by layer. */
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

/** What a step says of one beam. Of a row whose candidates were not wanted the node alone. */
export interface BeamOutput {
  readonly logProbabilities: Float32Array;
  readonly tokenIds: Int32Array;
  readonly logNormalizer: number | undefined;
  /** `[2L, H·D]`. */
  readonly node: Float32Array;
}

/** Everything about a batch that must not matter. */
export interface StepLayout {
  readonly querySlots: number;
  /** Pages that every sentence is padded to. */
  readonly nodePages: number;
  readonly sourcePages: number;
  /** Whether the first sentence has the last pages. */
  readonly isReversed: boolean;
  readonly candidateCount: number;
  /** Rows whose candidates are wanted. */
  readonly candidateRows: readonly number[];
  readonly wantsProbabilities: boolean;
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
    const { decoderLayers, heads } = this.shape;
    const names = ENCODER_TENSORS;
    const rowSlots = sources.flatMap((source, b) => source.map((_, s) => b * paddedLength + s));
    const slotRows = new Array<number>(sources.length * paddedLength).fill(rowSlots.length - 1);
    rowSlots.forEach((slot, row) => (slotRows[slot] = row));
    const pageCounts = sources.map((source) => pagesFor(source.length));
    let firstRow = 0;
    const pageRows = sources.flatMap((source, b) => {
      const rows = new Array<number>(pageCounts[b]! * PAGE_PLACES).fill(rowSlots.length - 1);
      source.forEach((_, s) => (rows[s] = firstRow++));
      return rows;
    });
    const positions = sources.flatMap((source) => source.map((_, s) => s + POSITION_OFFSET));
    const outputs = await this.encoder.run({
      [names.tokenId]: int64(sources.flat(), [rowSlots.length]),
      [names.position]: int64(positions, [rowSlots.length]),
      [names.slotRow]: int64(slotRows, [sources.length, paddedLength]),
      [names.rowPlace]: int32(
        rowSlots.flatMap((slot) =>
          eachHead(heads, (head) => headSlot({ heads, querySlots: paddedLength }, slot, head)),
        ),
        [rowSlots.length, heads],
      ),
      [names.sourceMask]: sourceMask(
        sources.map((source) => source.length),
        paddedLength,
      ),
      [names.pageRow]: int64(pageRows, [pageRows.length / PAGE_PLACES, PAGE_PLACES]),
    });
    const layers = Array.from({ length: decoderLayers }, (_, layer) => layer);
    const cross = layers.flatMap((layer) => [
      outputs[names.crossKey(layer)]!.data as Float32Array,
      outputs[names.crossValue(layer)]!.data as Float32Array,
    ]);
    const pageSize = this.#pageSize;
    let page = 0;
    return sources.map((source, b) => {
      const [begin, end] = [page * pageSize, (page + pageCounts[b]!) * pageSize];
      page += pageCounts[b]!;
      const own = cross.map((pages, part) =>
        this.#blank(pages.slice(begin, end), part, source.length, 0),
      );
      return { sourceLength: source.length, cross: own, nodes: [], beams: [] };
    });
  }

  /** One step of all beams; the outputs are those of each sentence's beams. */
  async step(sentences: readonly Sentence[], layout: StepLayout): Promise<BeamOutput[][]> {
    const outputs = await this.decoder.run(this.#feeds(sentences, layout));
    const { candidateCount: k, rowOrder } = layout;
    const data = (name: string): Float32Array => outputs[name]!.data as Float32Array;
    const tokenIds = outputs[DECODER_TENSORS.candidateTokenId]!.data as Int32Array;
    const { modelDim, decoderLayers } = this.shape;
    const newKeyValues = Array.from({ length: decoderLayers }, (_, layer) => [
      data(DECODER_TENSORS.newKey(layer)),
      data(DECODER_TENSORS.newValue(layer)),
    ]).flat();
    const beamRow = invert(rowOrder);
    const normalizers = data(DECODER_TENSORS.logNormalizer);
    let beam = 0;
    return sentences.map(({ beams }) =>
      beams.map(() => {
        const row = beamRow[beam++]!;
        const node = new Float32Array(2 * decoderLayers * modelDim);
        for (const [part, rows] of newKeyValues.entries())
          node.set(rows.subarray(row * modelDim, (row + 1) * modelDim), part * modelDim);
        const candidateRow = layout.candidateRows.indexOf(row);
        const isWanted = candidateRow >= 0;
        const [from, to] = isWanted ? [candidateRow * k, candidateRow * k + k] : [0, 0];
        return {
          logProbabilities: data(DECODER_TENSORS.candidateLogProbability).slice(from, to),
          tokenIds: tokenIds.slice(from, to),
          logNormalizer: normalizers[candidateRow],
          node,
        };
      }),
    );
  }

  get #pageSize(): number {
    return this.shape.heads * PAGE_PLACES * this.shape.headSize;
  }

  #feeds(sentences: readonly Sentence[], layout: StepLayout): Record<string, Tensor> {
    const { heads, headSize, decoderLayers } = this.shape;
    const { querySlots, rowOrder } = layout;
    const names = DECODER_TENSORS;
    const batch = sentences.length;
    const beams = sentences.flatMap((sentence, b) =>
      sentence.beams.map((beam, g) => ({ ...beam, slot: b * querySlots + g })),
    );
    const rows = rowOrder.map((beam) => beams[beam]!);
    const slotRows = new Array<number>(batch * querySlots).fill(rows.length - 1);
    rows.forEach(({ slot }, row) => (slotRows[slot] = row));
    const slots: Slots = { heads, querySlots, slotRows, rowSlots: rows.map(({ slot }) => slot) };
    const nodePlaces = layout.nodePages * PAGE_PLACES;
    const sourcePlaces = layout.sourcePages * PAGE_PLACES;
    const tree = new Float32Array(batch * querySlots * nodePlaces).fill(-1e9);
    for (const { slot, ancestors } of rows)
      for (const node of ancestors) tree[slot * nodePlaces + node] = 0;
    const mask = new Float32Array(batch * sourcePlaces).fill(-1e9);
    sentences.forEach(({ sourceLength }, b) => {
      mask.fill(0, b * sourcePlaces, b * sourcePlaces + sourceLength);
    });
    const nodeTables = pageTables(
      sentences.map(({ nodes }) => pagesFor(nodes.length)),
      layout.isReversed,
    );
    const sourceTables = pageTables(
      sentences.map(({ sourceLength }) => pagesFor(sourceLength)),
      layout.isReversed,
    );
    const feeds: Record<string, Tensor> = {
      [names.tokenId]: int64(
        rows.map(({ tokenId }) => tokenId),
        [rows.length],
      ),
      [names.position]: int64(
        rows.map(({ position }) => position + POSITION_OFFSET),
        [rows.length],
      ),
      [names.ownQuery]: int32(
        eachSlot(batch, slots, (b, head, g) => slotRows[b * querySlots + g]! * heads + head),
        [batch, heads, querySlots],
      ),
      [names.ownSlot]: int32(
        slots.rowSlots.flatMap((slot) => eachHead(heads, (head) => headSlot(slots, slot, head))),
        [rows.length, heads],
      ),
      [names.tree]: new Tensor('float32', tree, [batch, 1, querySlots, nodePlaces]),
      [names.sourceMask]: new Tensor('float32', mask, [batch, 1, 1, sourcePlaces]),
      [names.candidateRow]: int64(layout.candidateRows, [layout.candidateRows.length]),
      [names.candidateCount]: int64([layout.candidateCount], [1]),
      [names.wantsProbabilities]: new Tensor('bool', [layout.wantsProbabilities], []),
      ...pageFeeds('pool', nodeTables, layout.nodePages, slots),
      ...pageFeeds('cross', sourceTables, layout.sourcePages, slots),
    };
    const tensor = (pages: Float32Array, ...axes: readonly number[]): Tensor =>
      new Tensor('float32', pages, [pages.length / this.#pageSize, heads, ...axes]);
    for (let layer = 0; layer < decoderLayers; layer++)
      for (const [part, pool, cross, axes] of [
        [2 * layer, names.poolKey(layer), names.crossKey(layer), [headSize, PAGE_PLACES]],
        [2 * layer + 1, names.poolValue(layer), names.crossValue(layer), [PAGE_PLACES, headSize]],
      ] as const) {
        const nodes = this.#nodePages(sentences, part, nodeTables, layout.garbage);
        feeds[pool] = tensor(nodes, PAGE_PLACES, headSize);
        const sources = this.#sourcePages(sentences, part, sourceTables, layout.garbage);
        feeds[cross] = tensor(sources, ...axes);
      }
    return feeds;
  }

  /** `[N, H, C, D]` of one key or value tensor. */
  #nodePages(
    sentences: readonly Sentence[],
    part: number,
    tables: readonly (readonly number[])[],
    garbage: number,
  ): Float32Array {
    const { heads, headSize, modelDim } = this.shape;
    const pages = new Float32Array((tables.flat().length + 1) * this.#pageSize);
    pages.fill(garbage, this.#pageSize);
    for (const [b, { nodes }] of sentences.entries())
      for (const [p, node] of nodes.entries())
        for (let head = 0; head < heads; head++) {
          const begin = part * modelDim + head * headSize;
          const page = tables[b]![Math.floor(p / PAGE_PLACES)]!;
          pages.set(
            node.subarray(begin, begin + headSize),
            ((page * heads + head) * PAGE_PLACES + (p % PAGE_PLACES)) * headSize,
          );
        }
    return pages;
  }

  #sourcePages(
    sentences: readonly Sentence[],
    part: number,
    tables: readonly (readonly number[])[],
    garbage: number,
  ): Float32Array {
    const size = this.#pageSize;
    const pages = new Float32Array((tables.flat().length + 1) * size);
    for (const [b, { cross, sourceLength }] of sentences.entries()) {
      const own = this.#blank(cross[part]!.slice(), part, sourceLength, garbage);
      for (const [index, page] of tables[b]!.entries())
        pages.set(own.subarray(index * size, (index + 1) * size), page * size);
    }
    return pages;
  }

  /** Fills the places of a sentence's pages that are past its end. */
  #blank(pages: Float32Array, part: number, length: number, value: number): Float32Array {
    const { heads, headSize } = this.shape;
    const isKey = part % 2 === 0;
    const [placeStride, elementStride] = isKey ? [1, PAGE_PLACES] : [headSize, 1];
    for (let place = length; place < pages.length / (heads * headSize); place++)
      for (let head = 0; head < heads; head++)
        for (let i = 0; i < headSize; i++) {
          const page = Math.floor(place / PAGE_PLACES) * this.#pageSize;
          const inPage = head * PAGE_PLACES * headSize + (place % PAGE_PLACES) * placeStride;
          pages[page + inPage + i * elementStride] = value;
        }
    return pages;
  }
}

interface Slots {
  readonly heads: number;
  readonly querySlots: number;
  readonly slotRows: readonly number[];
  readonly rowSlots: readonly number[];
}

/** The pages of each sentence, from 1 on: page 0 stands for none. */
function pageTables(counts: readonly number[], isReversed: boolean): number[][] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let next = 0;
  return counts.map((count) =>
    Array.from({ length: count }, () => (isReversed ? total - next++ : 1 + next++)),
  );
}

function pageFeeds(
  kind: PagedAttentionKind,
  tables: readonly (readonly number[])[],
  sentencePages: number,
  slots: Slots,
): Record<string, Tensor> {
  const { heads, querySlots, slotRows, rowSlots } = slots;
  const names = PAGED_ATTENTION_TENSORS;
  const pageCount = tables.flat().length + 1;
  const owner = (page: number): number => tables.findIndex((pages) => pages.includes(page));
  const pageSlot = (page: number, head: number, g: number): number =>
    (page * heads + head) * querySlots + g;
  const ofPages = (value: (page: number, head: number, g: number) => number): number[] =>
    eachSlot(pageCount, slots, (page, head, g) => (owner(page) < 0 ? 0 : value(page, head, g)));
  const pages = Array.from({ length: sentencePages }, (_, index) => index);
  return {
    [names.query(kind)]: int32(
      ofPages((page, head, g) => slotRows[owner(page) * querySlots + g]! * heads + head),
      [pageCount, heads, querySlots],
    ),
    [names.weightPage(kind)]: int32(
      ofPages((page, head, g) => {
        const b = owner(page);
        return headSlot(slots, b * querySlots + g, head) * sentencePages + tables[b]!.indexOf(page);
      }),
      [pageCount, heads, querySlots],
    ),
    [names.scorePage(kind)]: int32(
      tables.flatMap((table) =>
        eachSlot(1, slots, (_, head, g) => head * querySlots + g).flatMap((headSlotOfSentence) =>
          pages.map((index) => (table[index] ?? 0) * heads * querySlots + headSlotOfSentence),
        ),
      ),
      [tables.length, heads, querySlots, sentencePages],
    ),
    [names.rowPage(kind)]: int32(
      pages.flatMap((index) =>
        rowSlots.flatMap((slot) =>
          eachHead(heads, (head) =>
            pageSlot(tables[Math.floor(slot / querySlots)]![index] ?? 0, head, slot % querySlots),
          ),
        ),
      ),
      [sentencePages, rowSlots.length, heads],
    ),
  };
}

/** The place of a slot in `[B, H, G]`. */
function headSlot(
  { heads, querySlots }: Pick<Slots, 'heads' | 'querySlots'>,
  slot: number,
  head: number,
): number {
  const sentence = Math.floor(slot / querySlots);
  return (sentence * heads + head) * querySlots + (slot % querySlots);
}

function eachHead(heads: number, value: (head: number) => number): number[] {
  return Array.from({ length: heads }, (_, head) => value(head));
}

/** Values `[first, H, G]`. */
function eachSlot(
  first: number,
  { heads, querySlots }: Slots,
  value: (first: number, head: number, g: number) => number,
): number[] {
  return Array.from({ length: first * heads * querySlots }, (_, index) =>
    value(
      Math.floor(index / (heads * querySlots)),
      Math.floor(index / querySlots) % heads,
      index % querySlots,
    ),
  );
}

export function pagesFor(places: number): number {
  return Math.ceil(places / PAGE_PLACES);
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
  const mask = new Float32Array(lengths.length * paddedLength).fill(-1e9);
  lengths.forEach((length, b) => mask.fill(0, b * paddedLength, b * paddedLength + length));
  return new Tensor('float32', mask, [lengths.length, 1, 1, paddedLength]);
}

function int32(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int32', Int32Array.from(values), dims);
}

function int64(values: readonly number[], dims: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

function invert(order: readonly number[]): number[] {
  const places: number[] = [];
  order.forEach((value, place) => (places[value] = place));
  return places;
}
