import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FinishedSequence, SequenceRequest } from '#libs/decoding';
import { assertInvariant, OperatorError } from '#libs/domain';
import type {
  EngineCommand,
  EngineFacts,
  EngineReport,
  EngineSettings,
  EngineStatus,
} from './protocol/messages.js';

/** What an engine tells whoever started it. Each sentence that it was given comes back exactly once, until `ended`. */
export interface EngineListener {
  finished(sequences: readonly FinishedSequence[]): void;
  refused(id: number, message: string): void;
  status(status: EngineStatus): void;
  /** The process is gone, wanted or not; nothing more comes. */
  ended(reason: string): void;
}

const ENGINE_ENTRY = fileURLToPath(new URL('./engine/engine.process.js', import.meta.url));

/** One engine process, from fork to exit. */
export class EngineChild {
  private constructor(
    private readonly child: ChildProcess,
    readonly facts: EngineFacts,
  ) {}

  get processId(): number | undefined {
    return this.child.pid;
  }

  /**
   * Forks an engine and waits until it has loaded its model and translated once. Rejects with an
   * `OperatorError` where the model cannot be loaded or the process ends before; the listener then hears
   * nothing.
   */
  static async start(settings: EngineSettings, listener: EngineListener): Promise<EngineChild> {
    const child = fork(ENGINE_ENTRY, [], {
      serialization: 'advanced',
      execArgv: [],
      // What native code prints is for the operator, and must not mix with a command's output.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const facts = await untilReady(child, settings);
    child.on('message', (report: EngineReport) => {
      deliver(report, listener);
    });
    child.once('exit', (code, signal) => {
      listener.ended(describeExit(code, signal));
    });
    return new EngineChild(child, facts);
  }

  submit(requests: readonly SequenceRequest[]): void {
    send(this.child, { kind: 'submit', requests });
  }

  cancel(ids: readonly number[]): void {
    send(this.child, { kind: 'cancel', ids });
  }

  /** Lets the running step end, then the process. Kills it where that takes longer than `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    send(this.child, { kind: 'stop' });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs);
    await exited;
    clearTimeout(timer);
  }
}

function untilReady(child: ChildProcess, settings: EngineSettings): Promise<EngineFacts> {
  return new Promise<EngineFacts>((resolve, reject) => {
    // After the start a failed send means that the process is gone; 'exit' follows and says why.
    child.on('error', (cause) => {
      reject(new OperatorError(`The engine could not be started: ${cause.message}`, { cause }));
    });
    child.once('exit', (code, signal) => {
      const exit = describeExit(code, signal);
      reject(new OperatorError(`The engine ended while it loaded the model (${exit}).`));
    });
    child.once('message', (report: EngineReport) => {
      if (report.kind === 'ready') resolve(report.facts);
      else if (report.kind === 'load-failed') reject(new OperatorError(report.message));
    });
    send(child, { kind: 'load', settings });
  });
}

function send(child: ChildProcess, command: EngineCommand): void {
  if (child.connected) child.send(command);
}

function deliver(report: EngineReport, listener: EngineListener): void {
  switch (report.kind) {
    case 'finished':
      listener.status(report.status);
      listener.finished(report.sequences);
      return;
    case 'refused':
      listener.refused(report.id, report.message);
      return;
    case 'heartbeat':
      listener.status(report.status);
      return;
    case 'ready':
    case 'load-failed':
      assertInvariant(false, `an engine that runs reported ${report.kind}`);
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}
