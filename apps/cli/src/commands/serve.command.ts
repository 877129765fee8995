import { Command } from 'commander';
import { serve } from '#apps/api';
import { loadConfig } from '#libs/config';
import { prepareModel } from '#libs/model-compiler';
import { localFolder } from '../local-folder.js';
import { DEMO_MODEL, locateModel } from '../model-location.js';

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve translations over HTTP. Settings come from the environment.')
    .addHelpText(
      'after',
      '\nSettings: docs/configuration.md. By default: the demo model on port 9527.',
    )
    .action(async () => {
      const config = loadConfig();
      if (config.saveWeights === undefined) {
        await serve(config, await locateModel(config));
        return;
      }
      const source = await localFolder(config.modelWeights ?? DEMO_MODEL, config);
      await prepareModel({ source, output: config.saveWeights, precision: 'int8' });
    });
}
