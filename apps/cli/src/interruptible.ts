import { OperatorError } from '#libs/domain';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that clears up when its signal aborts: at SIGINT or SIGTERM. Then they end the process as they would
 * have done at once; a second one does not wait.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    received = signal;
    for (const name of SIGNALS) process.off(name, interrupt);
    controller.abort(new OperatorError(`${signal} ended the work; nothing was left behind.`));
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
    if (received !== undefined) process.kill(process.pid, received);
  }
}
