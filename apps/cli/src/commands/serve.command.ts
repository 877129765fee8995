import { Command } from 'commander';
import { findDoubts, loadConfig } from '#libs/config';
import { createLogger } from '#libs/observability';
import { exitOnSignals } from '../exit-on-signals.js';
import { interruptible } from '../interruptible.js';
import { makeEngines } from '../make-engines.js';
import { locateModel } from '../model-location.js';
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
        const { saveWeights } = await import('../save-weights.js');
        await saveWeights(config, config.saveWeights, logger);
        return;
      }
      for (const doubt of findDoubts(config)) logger.warn(doubt);
      const report = reportToLog(logger, PATIENCE_MS);
      const inference = await interruptible(async (signal) => {
        const folder = await locateModel(config, { ...report, signal });
        return makeEngines(config, folder, logger, signal);
      });
      const signals = exitOnSignals(logger);
      // The first loads beside the service's modules. The service asks how that went when it listens.
      inference.startFirst().catch(() => undefined);
      try {
        const { serve } = await import('#apps/api');
        const service = await serve(config, inference, logger);
        signals.onceStarted(() => service.stop());
      } catch (error) {
        await inference.stop();
        throw error;
      }
    });
}
