import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import {
  describeFileFault,
  type FileEntry,
  fileFaultCode,
  findRelease,
  type Manifest,
  type Precision,
  PREPARED_FILES,
  PREPARED_FORMAT_VERSION,
  type Release,
  syncFile,
  writeFileSynced,
} from '#libs/prepared-model';
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { buildDecoder } from './graphs/decoder-graph.js';
import { buildEncoder } from './graphs/encoder-graph.js';
import { encodeModel } from './onnx/onnx-model.js';
import { WeightsFile } from './onnx/weights-file.js';
import { fillPrepared, type Prepared, requireReplaceable } from './prepared-output.js';
import { hashFiles, SourceFiles } from './source-files.js';
import { computeSelfTest, SELF_TEST_PASSES } from './self-test.js';
import { StageProgress, type Watch } from './watch.js';
import { watchWeights } from './watched-weights.js';
import { expectedWeights, float32Bytes } from './weight-names.js';

export interface PrepareOptions extends Watch {
  /** Folder of a checkpoint in the Hugging Face layout. */
  readonly source: string;
  /**
   * Folder of the prepared model. It may exist, a mount point included, if it is empty or holds a prepared
   * model: the wanted one stays as it is, another or a damaged one is replaced.
   */
  readonly output: string;
  readonly precision: Precision;
  /** Where the source comes from a hub: `owner/name@commit`. */
  readonly origin?: string | undefined;
  /** Prepares anew what is there already. */
  readonly force?: boolean;
}

/** A checkpoint that is about to be compiled. */
export interface OpenSource {
  readonly checkpoint: Checkpoint;
  readonly files: SourceFiles;
  readonly precision: Precision;
  readonly origin: string | undefined;
}

/**
 * Compiles a checkpoint into a prepared model. The folder is complete or it has no manifest; weights are
 * streamed, so that memory holds one tensor at a time and, for int8, a block of the output projection.
 * What the operator has to mend is an `OperatorError`.
 */
export async function prepareModel(options: PrepareOptions): Promise<Prepared> {
  await requireReplaceable(options.output);
  const check = options.force === true ? 'none' : 'hashes';
  return withSource(options, (source) => prepareInto(options.output, source, check, options));
}

/** Opens and hashes a checkpoint, and closes it after `use`. */
export async function withSource<Result>(
  {
    source,
    precision,
    origin,
    ...watch
  }: Pick<PrepareOptions, 'source' | 'precision' | 'origin'> & Watch,
  use: (source: OpenSource) => Promise<Result>,
): Promise<Result> {
  const checkpoint = await openCheckpoint(source);
  try {
    const files = await SourceFiles.read(source, checkpoint.fileNames, watch);
    return await use({ checkpoint, files, precision, origin });
  } finally {
    await checkpoint.weights.close();
  }
}

/** Fills a folder, unless `check` finds the wanted model in it. */
export async function prepareInto(
  output: string,
  source: OpenSource,
  check: 'hashes' | 'sizes' | 'none',
  watch: Watch,
): Promise<Prepared> {
  const { precision, origin, files } = source;
  const wanted = { precision, origin, sourceFiles: files.entries };
  return explainFileFaults(source.checkpoint.folder, output, () =>
    fillPrepared(output, wanted, { ...watch, check }, (folder) =>
      compileInto(folder, source, watch),
    ),
  );
}

/** A fault of the file system is the operator's to mend; anything else is a bug and stays what it is. */
export async function explainFileFaults<Result>(
  source: string,
  output: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(
      `${source} could not be prepared into ${output}: ${describeFileFault(error)}. ` +
        'Nothing was left behind.',
      { cause: error },
    );
  }
}

async function compileInto(folder: string, source: OpenSource, watch: Watch): Promise<Manifest> {
  const { checkpoint, files } = source;
  await writeGraphs(folder, source, watch);
  for (const name of [PREPARED_FILES.sentencePiece, PREPARED_FILES.vocabulary]) {
    await copyFile(join(checkpoint.folder, name), join(folder, name));
    await syncFile(join(folder, name));
  }
  await files.requireUnchanged();
  const manifest = await describe(folder, source, watch);
  const json = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFileSynced(join(folder, PREPARED_FILES.manifest), Buffer.from(json));
  return manifest;
}

async function writeGraphs(
  folder: string,
  { checkpoint: unwatched, precision }: OpenSource,
  watch: Watch,
): Promise<void> {
  const progress = new StageProgress(watch, 'compile', bytesToRead(unwatched, precision));
  const checkpoint = watched(unwatched, progress);
  const file = await WeightsFile.create(join(folder, PREPARED_FILES.weights));
  try {
    const encoder = await buildEncoder({ checkpoint, file, precision });
    await writeFileSynced(join(folder, PREPARED_FILES.encoder), encodeModel(encoder));
    const decoder = await buildDecoder({ checkpoint, file, precision });
    await writeFileSynced(join(folder, PREPARED_FILES.decoder), encodeModel(decoder));
  } finally {
    await file.close();
  }
}

/** The checkpoint, whose reads count as progress. */
function watched(checkpoint: Checkpoint, progress: StageProgress): Checkpoint {
  const weights = watchWeights(checkpoint.weights, (bytes) => {
    progress.add(bytes);
  });
  return { ...checkpoint, weights };
}

/** In float32. For int8 the embedding is read twice: as a table, and as the output projection. */
function bytesToRead({ shape, embeddingName }: Checkpoint, precision: Precision): number {
  const embedding = { name: embeddingName, shape: [shape.vocabularySize, shape.modelDim] };
  const tables = precision === 'int8' ? [embedding, embedding] : [embedding];
  return float32Bytes([...tables, ...expectedWeights(shape)]);
}

async function describe(
  folder: string,
  { checkpoint, files, precision, origin }: OpenSource,
  watch: Watch,
): Promise<Manifest> {
  const { family, shape, tokens, languages, generation, weights } = checkpoint;
  // Every weight is read once in a pass, as for fp32 graphs.
  const bytes = bytesToRead(checkpoint, 'fp32') * SELF_TEST_PASSES[precision];
  const progress = new StageProgress(watch, 'self-test', bytes);
  return {
    formatVersion: PREPARED_FORMAT_VERSION,
    family,
    release: releaseOf(checkpoint, files.entries),
    precision,
    shape,
    tokens,
    languages,
    generation,
    selfTest: await computeSelfTest(watched(checkpoint, progress), precision),
    source: { kind: weights.kind, files: files.entries, origin },
    files: await hashFiles(folder, await readdir(folder), 'hash the result', watch),
  };
}

function releaseOf(
  { weights, statedName, shape }: Checkpoint,
  sourceFiles: Readonly<Record<string, FileEntry>>,
): Release | undefined {
  const sentencePieceSha256 = sourceFiles[PREPARED_FILES.sentencePiece]?.sha256 ?? '';
  return findRelease({ kind: weights.kind, statedName, shape, sentencePieceSha256 });
}
