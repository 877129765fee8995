import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { packGraphs } from '#libs/inference';
import { copyPrepared, type Prepared, prepareModel } from '#libs/model-compiler';
import { findCommit, formatHubId, parseHubId } from '#libs/model-hub';
import { type Manifest, PREPARED_FILES, readManifest, verifyFiles } from '#libs/prepared-model';
import type { Logger } from '#libs/observability';
import { interruptible } from './interruptible.js';
import { localFolder, originOf } from './local-folder.js';
import { DEMO_MODEL } from './package-root.js';
import { reportToLog, type WorkReport } from './work-report.js';

const PRECISION = 'int8';

/**
 * The whole of an init container's work: afterwards the folder, which may be a mounted volume, holds the model.
 * Nothing is fetched or written where it does so already.
 */
export async function saveWeights(
  config: AppConfig,
  output: string,
  logger: Logger,
): Promise<void> {
  const location = config.modelWeights ?? DEMO_MODEL;
  const { manifest, outcome, packed } = await interruptible(async (signal) => {
    const report = { ...reportToLog(logger), signal };
    const saved = await findSaved(location, output, config, report);
    const { manifest, outcome } =
      saved === undefined
        ? await save(location, output, config, report)
        : { manifest: saved, outcome: 'unchanged' };
    // Who serves from the folder may not be allowed to write it.
    const packedFolder =
      config.device === 'cpu' ? await packGraphs(output, logger, report) : undefined;
    return { manifest, outcome, packed: packedFolder !== undefined };
  });
  const { kind, origin } = manifest.source;
  logger.info(
    { output, outcome, precision: manifest.precision, packed, kind, origin },
    'the model is saved',
  );
}

async function save(
  location: string,
  output: string,
  config: AppConfig,
  report: WorkReport,
): Promise<Prepared> {
  const source = await localFolder(location, config, report);
  if (existsSync(join(source, PREPARED_FILES.manifest)))
    return copyPrepared({ source, output, ...report });
  const origin = await originOf(source);
  return prepareModel({ source, output, origin, precision: PRECISION, ...report });
}

/**
 * The folder's model where it is what the hub has now, or the hub does not say: pods come and go without a
 * cache, and have to start without the hub.
 */
async function findSaved(
  location: string,
  output: string,
  config: AppConfig,
  report: WorkReport,
): Promise<Manifest | undefined> {
  const id = existsSync(location) ? undefined : parseHubId(location);
  if (id === undefined) return undefined;
  const manifest = await readWhole(output);
  const origin = manifest?.source.origin;
  if (origin?.startsWith(`${id.name}@`) !== true || manifest?.precision !== PRECISION)
    return undefined;
  const hub = { settings: config, cacheFolder: config.cacheDir, ...report };
  const commit = await findCommit(id, hub);
  if (commit === undefined)
    report.onNotice(`${output} keeps what it has of ${id.name}: ${origin}.`);
  return commit === undefined || origin === formatHubId({ ...id, revision: commit })
    ? manifest
    : undefined;
}

/** The manifest of a folder whose files are what it says. */
async function readWhole(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(folder);
    return (await verifyFiles(folder, manifest)).length === 0 ? manifest : undefined;
  } catch (error) {
    if (error instanceof OperatorError) return undefined;
    throw error;
  }
}
