import type { Logger } from '#libs/observability';
import { interruptible } from './interruptible.js';
import { ProgressDisplay } from './progress-display.js';
import { type ByteProgress, ProgressLines, toPercent } from './progress-lines.js';

/** Work that is done sooner is not worth a line, where nobody asked for it. */
export const PATIENCE_MS = 2000;

/** Where long work tells how far it is, and what ends it early. */
export interface WorkReport {
  readonly onProgress: (progress: ByteProgress) => void;
  readonly onNotice: (notice: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs work that shows on standard error how far it is, from `patienceMs` on, and that SIGINT and SIGTERM
 * end cleanly.
 */
export async function withProgress<Result>(
  work: (report: WorkReport) => Promise<Result>,
  patienceMs = 0,
): Promise<Result> {
  const display = new ProgressDisplay();
  return interruptible(async (signal) => {
    try {
      return await work({
        signal,
        onProgress: after(patienceMs, (progress) => {
          display.update(progress);
        }),
        onNotice: (notice) => {
          display.say(notice);
        },
      });
    } finally {
      display.stop();
    }
  });
}

/** Writes to the log how far work is, from `patienceMs` on. */
export function reportToLog(logger: Logger, patienceMs = 0): WorkReport {
  const lines = new ProgressLines((progress) => {
    const { stage, totalBytes } = progress;
    logger.info({ stage, percent: toPercent(progress), totalBytes }, 'getting the model ready');
  });
  return {
    onProgress: after(patienceMs, (progress) => {
      lines.update(progress);
    }),
    onNotice: (notice) => {
      logger.info(notice);
    },
  };
}

function after(
  patienceMs: number,
  show: (progress: ByteProgress) => void,
): (progress: ByteProgress) => void {
  const startedAtMs = performance.now();
  return (progress) => {
    if (performance.now() - startedAtMs >= patienceMs) show(progress);
  };
}
