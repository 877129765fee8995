import { Command } from 'commander';
import { loadConfig } from '#libs/config';
import { createLogger } from '#libs/observability';
import { interruptible } from '../interruptible.js';
import { locateModel } from '../model-location.js';
import { saveWeights } from '../save-weights.js';
import { PATIENCE_MS, reportToLog } from '../work-report.js';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve translations over HTTP. Settings come from the environment.')
    .addHelpText(
      'after',
      '\nSettings: docs/configuration.md. By default: the demo model on port 9527. With SAVE_WEIGHTS: prepare into that folder, and end.',
    )
    .action(async () => {
      const config = loadConfig();
      const logger = createLogger(config.logLevel);
      if (config.saveWeights !== undefined) {
        await saveWeights(config, config.saveWeights, logger);
        return;
      }
      const report = reportToLog(logger, PATIENCE_MS);
      const folder = await interruptible((signal) => locateModel(config, { ...report, signal }));
      // Half of a start is the loading of its modules, which a model that is refused need not wait for.
      const { serve } = await import('#apps/api');
      await serve(config, folder);
    });
}
