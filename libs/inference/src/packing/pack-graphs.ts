import { rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '#libs/domain';
import { describeFileFault, fileFaultCode, PlaceInLine } from '#libs/prepared-model';
import type { EngineLog } from '../engine-log.js';
import { forkProcess } from '../fork-process.js';
import { openPreparedFolder } from '../prepared-folder.js';
import {
  countFoldersOfOthers,
  estimatePackedBytes,
  isWhole,
  packedFolderOf,
  requireRoom,
  seal,
} from './packed-folder.js';
import { PackingProgress, type PackingWatch } from './packing-progress.js';

const PACKING_ENTRY = fileURLToPath(new URL('./packing.process.js', import.meta.url));

/**
 * Finds the graphs of a prepared int8 model packed for this machine, inside its folder, and packs them where they
 * are missing; other processes that want the same wait for one. They take up twice the space of the weights.
 *
 * @returns undefined for fp32, and where the folder cannot be written or the disk is full: the model works without
 *   them, with more memory for each engine. Rejects with an `OperatorError` where it is no prepared model, or a
 *   damaged one.
 */
export async function packGraphs(
  preparedFolder: string,
  log: EngineLog,
  watch: PackingWatch = {},
): Promise<string | undefined> {
  // onnxruntime would tell of a file that is cut short in its own words, on stderr.
  if ((await openPreparedFolder(preparedFolder)).precision !== 'int8') return undefined;
  try {
    const folder = await packedFolderOf(preparedFolder);
    if (await isWhole(folder)) return folder;
    await packInLine(preparedFolder, folder, log, watch);
    return folder;
  } catch (error) {
    watch.signal?.throwIfAborted();
    if (!(error instanceof OperatorError) && fileFaultCode(error) === undefined) throw error;
    const reason = error instanceof OperatorError ? error.message : describeFileFault(error);
    const packedForOthers = await countFoldersOfOthers(preparedFolder);
    log.info(
      { preparedFolder, reason, packedForOthers },
      'graphs stay unpacked: engines share no weights',
    );
    return undefined;
  }
}

async function packInLine(
  preparedFolder: string,
  folder: string,
  log: EngineLog,
  watch: PackingWatch,
): Promise<void> {
  const { signal } = watch;
  const place = await PlaceInLine.take(preparedFolder, 'packed', {
    onNotice: (notice) => {
      log.info({ preparedFolder }, notice);
    },
    signal,
  });
  try {
    // Another process may have made it while this one waited.
    if (await isWhole(folder)) return;
    const startedAtMs = performance.now();
    const totalBytes = await estimatePackedBytes(preparedFolder);
    await requireRoom(place.path, totalBytes);
    const progress = PackingProgress.begin(place.path, totalBytes, watch);
    await runPacking(preparedFolder, place.path, signal).finally(() => {
      progress.end();
    });
    await seal(place.path);
    // What a broken disk left there.
    await rm(folder, { recursive: true, force: true });
    await rename(place.path, folder);
    const packMs = Math.round(performance.now() - startedAtMs);
    log.info({ folder, packMs }, 'graphs packed for this processor');
  } finally {
    await place.leave();
  }
}

/** Rejects with an `OperatorError` where the process does not do its work. */
function runPacking(
  preparedFolder: string,
  output: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = forkProcess(
      PACKING_ENTRY,
      [preparedFolder, output],
      signal === undefined ? {} : { signal, killSignal: 'SIGKILL' },
    );
    let reason: string | undefined;
    child.on('message', (message: string) => (reason = message));
    child.on('error', (cause) => {
      reject(new OperatorError(`The graphs could not be packed: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signalName) => {
      if (code === 0) resolve();
      else
        reject(
          new OperatorError(
            reason?.trim() ?? `The packing ended (${signalName ?? `code ${code}`}).`,
          ),
        );
    });
  });
}
