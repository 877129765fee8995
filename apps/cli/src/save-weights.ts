import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '#libs/config';
import { copyPrepared, prepareModel } from '#libs/model-compiler';
import type { Logger } from '#libs/observability';
import { PREPARED_FILES } from '#libs/prepared-model';
import { interruptible } from './interruptible.js';
import { localFolder } from './local-folder.js';
import { DEMO_MODEL } from './model-location.js';
import { reportToLog } from './work-report.js';

/**
 * The whole of an init container's work: afterwards the folder, which may be a mounted volume, holds the model.
 * Nothing is written where it does so already.
 */
export async function saveWeights(
  config: AppConfig,
  output: string,
  logger: Logger,
): Promise<void> {
  const { manifest, outcome } = await interruptible(async (signal) => {
    const report = { ...reportToLog(logger), signal };
    const source = await localFolder(config.modelWeights ?? DEMO_MODEL, config, report);
    const isPrepared = existsSync(join(source, PREPARED_FILES.manifest));
    const options = { source, output, ...report };
    return isPrepared ? copyPrepared(options) : prepareModel({ ...options, precision: 'int8' });
  });
  const { precision, source } = manifest;
  logger.info({ output, outcome, precision, kind: source.kind }, 'the model is saved');
}
