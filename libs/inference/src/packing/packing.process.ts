import { constants, setPriority } from 'node:os';
import { writePackedGraphs } from '../onnx/packed-graphs.js';

/**
 * Entry of a process that packs the graphs of one folder into another, both named by its arguments: it needs as
 * much memory as an engine, and gives all of it back by ending. What goes wrong is sent as one line.
 */
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const [preparedFolder = '', output = ''] = process.argv.slice(2);
try {
  await writePackedGraphs(preparedFolder, output);
} catch (error) {
  process.send?.(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.disconnect();
