import { constants, setPriority } from 'node:os';
import { endAtOnce } from '../end-at-once.js';
import { OnnxModel } from '../onnx/onnx-model.js';
import { openPreparedFolder } from '../prepared-folder.js';
import type { EngineCommand } from '../protocol/messages.js';
import { EngineRuntime } from './engine-runtime.js';

// The service's own work is small, and probes and refusals must not wait for a step: where both want a core,
// it goes first. On Linux a thread inherits this, so it comes before onnxruntime makes its threads.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

/** Entry of an engine process: `child_process.fork` with an IPC channel. All else is in `EngineRuntime`. */
const runtime = new EngineRuntime({
  send: (report) => {
    process.send?.(report, undefined, undefined, (error) => {
      if (error !== null) endAtOnce();
    });
  },
  exit: (code) => {
    process.off('disconnect', endAtOnce);
    process.on('disconnect', () => process.exit(code));
    process.disconnect();
  },
  now: () => performance.now(),
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { residentBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
  },
  loadModel: async ({ preparedFolder, packedFolder, threads, threadsInCompany, device }) => {
    const manifest = await openPreparedFolder(preparedFolder);
    const load = (count: number): Promise<OnnxModel> =>
      OnnxModel.load(preparedFolder, { packedFolder, threads: count, device });
    return {
      port: await load(threads),
      manifest,
      ...(threadsInCompany !== undefined && { loadForCompany: () => load(threadsInCompany) }),
    };
  },
});

process.on('message', (command: EngineCommand) => {
  runtime.receive(command);
});

// Whoever started the engine decides when it ends: a signal to the whole process group is theirs to handle.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

process.on('disconnect', endAtOnce);
