import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ServedModel } from '#apps/api';
import type { AppConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { ensurePrepared } from '#libs/model-compiler';
import { PREPARED_FILES } from '#libs/prepared-model';
import { resolveLanguage } from '#libs/tokenization';
import { localFolder } from './local-folder.js';
import { packageFile } from './package-root.js';
import { PATIENCE_MS, type WorkReport, withProgress } from './work-report.js';

/** The checkpoint that comes with the package. */
export const DEMO_MODEL = packageFile('models/demo');

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

export async function loadModel(
  config: AppConfig,
  location: string | undefined,
): Promise<ServedModel> {
  const folder = await withProgress((report) => locateModel(config, report, location), PATIENCE_MS);
  return ServedModel.load(folder);
}

/** The model's own code of a language, from any usual form of it. */
export function requireLanguage({ manifest }: ServedModel, code: string): string {
  const language = resolveLanguage(code, manifest.languages);
  if (language === undefined)
    throw new OperatorError(
      `This model does not serve the language "${code}". It serves: ${manifest.languages.join(', ')}.`,
    );
  return language;
}
