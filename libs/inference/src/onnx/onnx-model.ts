import { Tensor } from 'onnxruntime-node';
import {
  type EncodedSources,
  type EncoderBatch,
  headSlotsOfRows,
  type ModelFacts,
  type ModelPort,
  type PagedAttention,
  rowsOfHeadSlots,
  type StepBatch,
  type StepOutput,
} from '#libs/decoding';
import { refuseRuntimeReports } from './runtime-reports.js';
import { assertInvariant, PAGE_PLACES } from '#libs/domain';
import {
  DECODER_TENSORS,
  ENCODER_TENSORS,
  type Manifest,
  PAGED_ATTENTION_TENSORS,
  type PagedAttentionKind,
  POSITION_OFFSET,
  readManifest,
} from '#libs/prepared-model';
import { type Graphs, openGraphs } from './open-graphs.js';
import { packedGraphOptions, plainGraphOptions } from './session-options.js';

type Feeds = Record<string, Tensor>;
type Outputs = Readonly<Record<string, Pick<Tensor, 'data'>>>;
type LayerName = (layer: number) => string;

export interface OnnxModelOptions {
  /** Threads of one operator. They change no bit of what is computed. */
  readonly threads: number;
  /** `cpu`, `cuda` or `cuda:N`; the CPU where nothing is said. */
  readonly device?: string | undefined;
  /** Folder of the model's packed graphs, where there are any. */
  readonly packedFolder?: string | undefined;
  /**
   * Has onnxruntime time every operator, and write `<prefix>-encoder_<time>.json` and
   * `<prefix>-decoder_<time>.json` when the model is released.
   */
  readonly profileFilePrefix?: string;
}

/** The two graphs of a prepared model on onnxruntime. A step blocks the thread while the model computes. */
export class OnnxModel implements ModelPort {
  readonly facts: ModelFacts;

  private constructor(
    private readonly manifest: Manifest,
    private readonly graphs: Graphs,
    readonly threads: number,
  ) {
    const { shape, tokens } = manifest;
    this.facts = {
      heads: shape.heads,
      headSize: shape.headSize,
      decoderLayers: shape.decoderLayers,
      vocabularySize: shape.vocabularySize,
      maxPositions: shape.maxPositions,
      endTokenId: tokens.eos,
      decoderStartTokenId: tokens.decoderStart,
    };
  }

  /**
   * Loads a prepared folder. Throws an `OperatorError` where its manifest is unreadable or of another version, or
   * the graphs are not what it says, or the device is not there.
   */
  static async load(
    preparedFolder: string,
    { threads, device = 'cpu', packedFolder, profileFilePrefix }: OnnxModelOptions,
  ): Promise<OnnxModel> {
    refuseRuntimeReports();
    const manifest = await readManifest(preparedFolder);
    const options =
      packedFolder === undefined
        ? await plainGraphOptions(threads, device)
        : await packedGraphOptions(threads, device);
    const graphs = await openGraphs(packedFolder ?? preparedFolder, manifest.shape, (graph) => ({
      ...options,
      ...(profileFilePrefix !== undefined && {
        enableProfiling: true,
        profileFilePrefix: `${profileFilePrefix}-${graph}`,
      }),
    }));
    return new OnnxModel(manifest, graphs, threads);
  }

  async release(): Promise<void> {
    await this.graphs.encoder.release();
    await this.graphs.decoder.release();
  }

  async encode(batch: EncoderBatch): Promise<EncodedSources> {
    const { sentences, querySlots, heads, pageRows } = batch;
    const names = ENCODER_TENSORS;
    const rows = batch.tokenIds.length;
    const outputs = await this.graphs.encoder.run({
      [names.tokenId]: int64(batch.tokenIds, [rows]),
      [names.position]: int64(batch.positions, [rows], POSITION_OFFSET),
      [names.slotRow]: int64(batch.slotRows, [sentences, querySlots]),
      [names.rowPlace]: new Tensor('int32', headSlotsOfRows(batch), [rows, heads]),
      [names.sourceMask]: new Tensor('float32', batch.sourceMask, [sentences, 1, 1, querySlots]),
      [names.pageRow]: int64(pageRows, [pageRows.length / PAGE_PLACES, PAGE_PLACES]),
    });
    return this.#keyValues(outputs, names.crossKey, names.crossValue);
  }

  async step(batch: StepBatch): Promise<StepOutput> {
    const names = DECODER_TENSORS;
    const wanted = this.graphs.decoder.outputNames.filter(
      (name) => name !== names.sourceAttention || batch.wantsSourceAttention,
    );
    const outputs = await this.graphs.decoder.run(this.#stepFeeds(batch), wanted);
    const tokenIds = outputs[names.candidateTokenId]?.data;
    assertInvariant(tokenIds instanceof Int32Array, `${names.candidateTokenId} is not int32`);
    return {
      candidateCount: batch.candidateCount,
      tokenIds,
      logProbabilities: float32(outputs, names.candidateLogProbability),
      logNormalizers: float32(outputs, names.logNormalizer),
      newKeyValues: this.#keyValues(outputs, names.newKey, names.newValue),
      ...(batch.wantsSourceAttention && {
        sourceAttention: float32(outputs, names.sourceAttention),
      }),
    };
  }

  #stepFeeds(batch: StepBatch): Feeds {
    const { sentences, querySlots, heads, nodes, sources } = batch;
    const { headSize } = this.facts;
    const names = DECODER_TENSORS;
    const rows = batch.tokenIds.length;
    const [nodePlaces, sourcePlaces] = [nodes, sources].map(
      ({ pagesPerSentence }) => pagesPerSentence * PAGE_PLACES,
    ) as [number, number];
    const feeds: Feeds = {
      [names.tokenId]: int64(batch.tokenIds, [rows]),
      [names.position]: int64(batch.positions, [rows], POSITION_OFFSET),
      [names.tree]: new Tensor('float32', batch.tree, [sentences, 1, querySlots, nodePlaces]),
      [names.sourceMask]: new Tensor('float32', batch.sourceMask, [sentences, 1, 1, sourcePlaces]),
      [names.candidateRow]: int64(batch.candidateRows, [batch.candidateRows.length]),
      [names.wantsProbabilities]: new Tensor('bool', [batch.wantsProbabilities], []),
      [names.candidateCount]: int64(Int32Array.of(batch.candidateCount), [1]),
      [names.ownQuery]: new Tensor('int32', rowsOfHeadSlots(batch), [sentences, heads, querySlots]),
      [names.ownSlot]: new Tensor('int32', headSlotsOfRows(batch), [rows, heads]),
      ...pageFeeds('pool', nodes, batch),
      ...pageFeeds('cross', sources, batch),
    };
    const nodeAxes = [nodes.pageCount, heads, PAGE_PLACES, headSize];
    const sourceKeyAxes = [sources.pageCount, heads, headSize, PAGE_PLACES];
    const sourceValueAxes = [sources.pageCount, heads, PAGE_PLACES, headSize];
    for (const layer of this.#layers()) {
      feeds[names.poolKey(layer)] = layerTensor(nodes, 2 * layer, nodeAxes);
      feeds[names.poolValue(layer)] = layerTensor(nodes, 2 * layer + 1, nodeAxes);
      feeds[names.crossKey(layer)] = layerTensor(sources, 2 * layer, sourceKeyAxes);
      feeds[names.crossValue(layer)] = layerTensor(sources, 2 * layer + 1, sourceValueAxes);
    }
    return feeds;
  }

  /** Layer 0's keys, its values, layer 1's keys, … */
  #keyValues(outputs: Outputs, keyOf: LayerName, valueOf: LayerName): Float32Array[] {
    return this.#layers().flatMap((layer) => [
      float32(outputs, keyOf(layer)),
      float32(outputs, valueOf(layer)),
    ]);
  }

  #layers(): number[] {
    return Array.from({ length: this.manifest.shape.decoderLayers }, (_, layer) => layer);
  }
}

function pageFeeds(
  kind: PagedAttentionKind,
  { pageCount, pagesPerSentence, queries, scorePages, weightPages, rowPages }: PagedAttention,
  { sentences, heads, querySlots, rowSlots }: StepBatch,
): Feeds {
  const names = PAGED_ATTENTION_TENSORS;
  const pageSlots = [pageCount, heads, querySlots];
  const slotPages = [sentences, heads, querySlots, pagesPerSentence];
  return {
    [names.query(kind)]: new Tensor('int32', queries, pageSlots),
    [names.scorePage(kind)]: new Tensor('int32', scorePages, slotPages),
    [names.weightPage(kind)]: new Tensor('int32', weightPages, pageSlots),
    [names.rowPage(kind)]: new Tensor('int32', rowPages, [
      pagesPerSentence,
      rowSlots.length,
      heads,
    ]),
  };
}

function layerTensor(
  { keyValues }: PagedAttention,
  index: number,
  axes: readonly number[],
): Tensor {
  const data = keyValues[index];
  assertInvariant(data !== undefined, `there is no tensor ${index}`);
  return new Tensor('float32', data, axes);
}

function int64(values: Int32Array, dims: readonly number[], offset = 0): Tensor {
  return new Tensor(
    'int64',
    BigInt64Array.from(values, (value) => BigInt(value + offset)),
    dims,
  );
}

function float32(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data;
  assertInvariant(data instanceof Float32Array, `${name} is not float32`);
  return data;
}
