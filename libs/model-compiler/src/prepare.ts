import { copyFile, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OperatorError } from '#libs/domain';
import {
  describeFileFault,
  type FileEntry,
  fileFaultCode,
  findRelease,
  hashFile,
  type Manifest,
  type Precision,
  PREPARED_FILES,
  PREPARED_FORMAT_VERSION,
  type Release,
} from '#libs/prepared-model';
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { buildDecoder } from './graphs/decoder-graph.js';
import { buildEncoder } from './graphs/encoder-graph.js';
import { encodeModel } from './onnx/onnx-model.js';
import { WeightsFile } from './onnx/weights-file.js';
import { StagingFolder } from './staging-folder.js';

export type PrepareStage = 'encoder' | 'decoder' | 'hashes';

export interface PrepareOptions {
  /** Folder of a checkpoint in the Hugging Face layout. */
  readonly source: string;
  /** Folder of the prepared model. It may exist if it is empty or a prepared model, which is replaced. */
  readonly output: string;
  readonly precision: Precision;
  /** Called as each stage begins. */
  readonly onProgress?: (stage: PrepareStage) => void;
}

/**
 * Compiles a checkpoint into a prepared model. The folder appears complete or not at all; weights are
 * streamed, so that memory holds one tensor at a time and, for int8, the output projection.
 * What the operator has to mend is an `OperatorError`.
 */
export async function prepareModel(options: PrepareOptions): Promise<Manifest> {
  await requireReplaceable(options.output);
  return publishPrepared(options, true);
}

/**
 * As `prepareModel`. Where `replace` is false and the folder has come to be meanwhile, it stays, and the new
 * one is thrown away.
 */
export async function publishPrepared(
  options: PrepareOptions,
  replace: boolean,
): Promise<Manifest> {
  try {
    const staging = await StagingFolder.create(options.output);
    try {
      const manifest = await compileInto(staging.path, options);
      if (!(await staging.publish(replace))) await staging.discard();
      return manifest;
    } catch (error) {
      await staging.discard();
      throw error;
    }
  } catch (error) {
    // A fault of the file system is the operator's to mend; anything else is a bug and stays what it is.
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(
      `${options.source} could not be prepared into ${options.output}: ${describeFileFault(error)}. ` +
        'Nothing was left behind.',
      { cause: error },
    );
  }
}

async function compileInto(folder: string, options: PrepareOptions): Promise<Manifest> {
  const checkpoint = await openCheckpoint(options.source);
  try {
    await writeGraphs(folder, checkpoint, options);
    for (const name of [PREPARED_FILES.sentencePiece, PREPARED_FILES.vocabulary]) {
      await copyFile(join(checkpoint.folder, name), join(folder, name));
      await syncFile(join(folder, name));
    }
    options.onProgress?.('hashes');
    const manifest = await describe(folder, checkpoint, options.precision);
    const json = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFileSynced(join(folder, PREPARED_FILES.manifest), Buffer.from(json));
    return manifest;
  } finally {
    await checkpoint.weights.close();
  }
}

async function writeGraphs(
  folder: string,
  checkpoint: Checkpoint,
  { precision, onProgress }: PrepareOptions,
): Promise<void> {
  const file = await WeightsFile.create(join(folder, PREPARED_FILES.weights));
  try {
    onProgress?.('encoder');
    const encoder = await buildEncoder({ checkpoint, file, precision });
    await writeFileSynced(join(folder, PREPARED_FILES.encoder), encodeModel(encoder));
    onProgress?.('decoder');
    const decoder = await buildDecoder({ checkpoint, file, precision });
    await writeFileSynced(join(folder, PREPARED_FILES.decoder), encodeModel(decoder));
  } finally {
    await file.close();
  }
}

async function describe(
  folder: string,
  checkpoint: Checkpoint,
  precision: Precision,
): Promise<Manifest> {
  const { family, shape, tokens, languages, generation, weights } = checkpoint;
  const sourceFiles = await hashFiles(checkpoint.folder, checkpoint.fileNames);
  return {
    formatVersion: PREPARED_FORMAT_VERSION,
    family,
    release: releaseOf(checkpoint, sourceFiles),
    precision,
    shape,
    tokens,
    languages,
    generation,
    source: { kind: weights.kind, files: sourceFiles },
    files: await hashFiles(folder, await readdir(folder)),
  };
}

function releaseOf(
  { weights, statedName, shape }: Checkpoint,
  sourceFiles: Readonly<Record<string, FileEntry>>,
): Release | undefined {
  const sentencePieceSha256 = sourceFiles[PREPARED_FILES.sentencePiece]?.sha256 ?? '';
  return findRelease({ kind: weights.kind, statedName, shape, sentencePieceSha256 });
}

/** Sizes and hashes of files of a folder, by name. */
export async function hashFiles(
  folder: string,
  names: readonly string[],
): Promise<Record<string, FileEntry>> {
  const entries: Record<string, FileEntry> = {};
  for (const name of [...names].sort()) entries[name] = await hashFile(join(folder, name));
  return entries;
}

/** Somebody's folder of other things is never replaced. */
async function requireReplaceable(output: string): Promise<void> {
  const names = await readdir(output).catch((error: unknown): string[] => {
    if (fileFaultCode(error) === 'ENOENT') return [];
    throw new OperatorError(`${output} cannot be written: ${describeFileFault(error)}.`, {
      cause: error,
    });
  });
  // manifest.json alone is too common a name to know a prepared model by.
  const isPrepared = [PREPARED_FILES.manifest, PREPARED_FILES.encoder].every((name) =>
    names.includes(name),
  );
  if (names.length > 0 && !isPrepared)
    throw new OperatorError(
      `${resolve(output)} exists and is no prepared model; it is left alone. Name another folder.`,
    );
}

async function writeFileSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
