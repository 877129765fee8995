import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FinishedSequence, SequenceRequest } from '#libs/decoding';
import { assertInvariant, OperatorError } from '#libs/domain';
import { forkProcess } from './fork-process.js';
import type {
  EngineCommand,
  EngineFacts,
  EngineReport,
  EngineSettings,
  EngineStatus,
} from './protocol/messages.js';
import { SilenceWatch } from './silence-watch.js';
import {
  type EngineEnd,
  endOfFailedRun,
  type ExpectedSilence,
  silenceLimitMs,
  type SupervisionLimits,
} from './supervision.js';

/** What an engine tells whoever started it. Each sentence that it was given comes back exactly once, until `ended`. */
export interface EngineListener {
  finished(sequences: readonly FinishedSequence[]): void;
  refused(id: number, message: string): void;
  status(status: EngineStatus): void;
  /** The process is gone, wanted or not; nothing more comes. */
  ended(end: EngineEnd): void;
}

const ENGINE_ENTRY = fileURLToPath(new URL('./engine/engine.process.js', import.meta.url));

/** One engine process, from fork to exit. It is killed when it says nothing for too long. */
export class EngineChild {
  readonly #watch: SilenceWatch;
  #expected: ExpectedSilence = { p99TurnMs: 0, expectedRunMs: 0 };
  #hasCompany = false;
  /** Why it is about to end, where we or the engine itself know better than its exit code. */
  #foreseenEnd: EngineEnd | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly facts: EngineFacts,
    private readonly listener: EngineListener,
    private readonly limits: SupervisionLimits,
  ) {
    this.#watch = new SilenceWatch(
      () => silenceLimitMs(limits, this.#expected),
      (silentMs) => {
        const seconds = (silentMs / 1000).toFixed(1);
        this.#foreseenEnd = { cause: 'hang', description: `killed after ${seconds} s of silence` };
        child.kill('SIGKILL');
      },
    );
    child.on('message', (report: EngineReport) => {
      this.#watch.heard();
      this.#deliver(report);
    });
    whenEnded(child, (end) => {
      this.#watch.stop();
      listener.ended(this.#foreseenEnd ?? end);
    });
  }

  get processId(): number | undefined {
    return this.child.pid;
  }

  /**
   * Forks an engine and waits until it has loaded its model and translated once. Rejects with an
   * `OperatorError` where the model cannot be loaded, takes too long, or the process ends before; the
   * process is gone then, and the listener hears nothing. So it ends where `signal` aborts before.
   */
  static async start(
    settings: EngineSettings,
    limits: SupervisionLimits,
    listener: EngineListener,
    signal: AbortSignal,
  ): Promise<EngineChild> {
    const child = forkProcess(ENGINE_ENTRY, [], { serialization: 'advanced' });
    const facts = await untilReady(child, settings, limits.startMs, signal);
    return new EngineChild(child, facts, listener, limits);
  }

  submit(requests: readonly SequenceRequest[]): void {
    send(this.child, { kind: 'submit', requests });
  }

  cancel(ids: readonly number[]): void {
    send(this.child, { kind: 'cancel', ids });
  }

  setCompany(hasCompany: boolean): void {
    if (hasCompany === this.#hasCompany) return;
    this.#hasCompany = hasCompany;
    send(this.child, { kind: 'company', hasCompany });
  }

  /** Lets the running step end, then the process. Kills it where that takes too long. */
  async stop(): Promise<void> {
    if (hasEnded(this.child)) return;
    const exited = once(this.child, 'exit');
    send(this.child, { kind: 'stop' });
    const timer = setTimeout(() => this.child.kill('SIGKILL'), this.limits.stopMs);
    await exited;
    clearTimeout(timer);
  }

  #deliver(report: EngineReport): void {
    switch (report.kind) {
      case 'finished':
        this.#note(report.status);
        this.listener.finished(report.sequences);
        return;
      case 'refused':
        this.listener.refused(report.id, report.message);
        return;
      case 'heartbeat':
        this.#note(report.status);
        return;
      case 'crashed':
        this.#foreseenEnd = endOfFailedRun(report.message);
        return;
      case 'ready':
      case 'load-failed':
        assertInvariant(false, `an engine that runs reported ${report.kind}`);
    }
  }

  #note(status: EngineStatus): void {
    this.#expected = status;
    this.listener.status(status);
  }
}

function untilReady(
  child: ChildProcess,
  settings: EngineSettings,
  startMs: number,
  signal: AbortSignal,
): Promise<EngineFacts> {
  return new Promise<EngineFacts>((resolve, reject) => {
    let failure: OperatorError | undefined;
    const kill = (): boolean => child.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    const timer = setTimeout(() => {
      failure = new OperatorError(
        `The engine was not ready within ${startMs / 1000} s. See whether the model's disk is slow or the processor overloaded.`,
      );
      kill();
    }, startMs);
    const settled = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
    };
    // After the start a failed send means that the process is gone; 'exit' follows and says why.
    child.on('error', (cause) => {
      settled();
      reject(new OperatorError(`The engine could not be started: ${cause.message}`, { cause }));
    });
    child.once('message', (report: EngineReport) => {
      if (report.kind === 'load-failed') failure = new OperatorError(report.message);
      else if (report.kind === 'ready') {
        settled();
        resolve(report.facts);
      }
    });
    // Only then: whoever tries again must never have two engines in memory.
    whenEnded(child, ({ description }) => {
      settled();
      reject(
        failure ??
          new OperatorError(`The engine ended while it loaded the model (${description}).`),
      );
    });
    send(child, { kind: 'load', settings });
  });
}

/** Calls back when the process is gone and all that it said before has been heard. */
function whenEnded(child: ChildProcess, onEnded: (end: EngineEnd) => void): void {
  child.once('exit', (code, signal) => {
    const end: EngineEnd = {
      cause: signal === 'SIGKILL' ? 'killed' : 'crash',
      description: signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`,
    };
    if (!child.connected) onEnded(end);
    else
      child.once('disconnect', () => {
        onEnded(end);
      });
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function send(child: ChildProcess, command: EngineCommand): void {
  if (child.connected) child.send(command);
}
