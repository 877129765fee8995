import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { ensurePrepared } from '#libs/model-compiler';
import { PREPARED_FILES } from '#libs/prepared-model';
import { localFolder } from './local-folder.js';
import { DEMO_MODEL } from './package-root.js';
import type { WorkReport } from './work-report.js';

/**
 * The prepared folder of a model, by default of the configured one: itself where it is prepared, else what
 * its checkpoint was compiled to in the cache.
 */
export async function locateModel(
  config: AppConfig,
  report: WorkReport,
  location = config.modelWeights,
): Promise<string> {
  const folder = await localFolder(location ?? DEMO_MODEL, config, report);
  if (existsSync(join(folder, PREPARED_FILES.manifest))) return folder;
  if (existsSync(join(folder, 'config.json')))
    return ensurePrepared({
      source: folder,
      cacheFolder: config.cacheDir,
      precision: 'int8',
      ...report,
    });
  throw new OperatorError(
    `"${folder}" is no model: it has neither ${PREPARED_FILES.manifest} (a prepared model) nor config.json (a checkpoint in the Hugging Face layout).`,
  );
}
