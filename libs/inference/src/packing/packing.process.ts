import { constants, setPriority } from 'node:os';
import { endAtOnce } from '../end-at-once.js';
import { writePackedGraphs } from '../onnx/packed-graphs.js';

/**
 * Entry of a process that packs the graphs of one folder into another, both named by its arguments: it needs as
 * much memory as an engine, and gives all of it back by ending. What goes wrong is sent as one line.
 */
// Whoever wanted the graphs has gone, and another may want to write them anew.
process.on('disconnect', endAtOnce);
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const [preparedFolder = '', output = ''] = process.argv.slice(2);
try {
  await writePackedGraphs(preparedFolder, output);
} catch (error) {
  process.send?.(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
process.off('disconnect', endAtOnce);
process.disconnect();
