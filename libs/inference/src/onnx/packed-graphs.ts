import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { refuseRuntimeReports } from './runtime-reports.js';
import { PREPARED_FILES } from '#libs/prepared-model';
import { packingOptions } from './session-options.js';

const GRAPHS = ['encoder', 'decoder'] as const;

/**
 * Writes the graphs of a prepared folder into `output` with their weights packed as this processor's kernels want
 * them. Sessions on these map the weights instead of packing a copy each: they load sooner, and processes share
 * the memory. Throws what onnxruntime throws.
 */
export async function writePackedGraphs(preparedFolder: string, output: string): Promise<void> {
  refuseRuntimeReports();
  for (const graph of GRAPHS) {
    const name = PREPARED_FILES[graph];
    const options = await packingOptions(join(output, name), `${graph}.data`);
    const session = await InferenceSession.create(join(preparedFolder, name), options);
    await session.release();
  }
}
