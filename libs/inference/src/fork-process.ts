import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';

/** Forks a process of the engine's: with an IPC channel, and all that it prints on standard error. */
export function forkProcess(
  entry: string,
  args: readonly string[],
  options: Pick<ForkOptions, 'serialization' | 'signal' | 'killSignal'>,
): ChildProcess {
  return fork(entry, args, {
    execArgv: [],
    // What native code prints is for the operator, and must not mix with a command's output.
    stdio: ['ignore', 2, 2, 'ipc'],
    // eslint-disable-next-line no-restricted-syntax -- passed on, not read
    env: environmentOf(process.env),
    ...options,
  });
}

/**
 * Node reads these certificates when it starts, a tenth of a second for those of a system; a process of the engine's
 * makes no connections.
 */
export function environmentOf(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, NODE_EXTRA_CA_CERTS: undefined };
}
