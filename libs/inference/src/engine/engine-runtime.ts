import {
  DecodeLoop,
  findSequenceFault,
  type LoopEvent,
  type ModelPort,
  type SequenceRequest,
} from '#libs/decoding';
import { OperatorError } from '#libs/domain';
import { type Manifest, shortenSelfTest, START_STEPS } from '#libs/prepared-model';
import type {
  EngineCommand,
  EngineReport,
  EngineSettings,
  EngineStatus,
} from '../protocol/messages.js';
import { RecentDurations } from './recent-durations.js';
import { runSelfTest } from './self-test.js';

/** What the runtime needs of the process around it. */
export interface EngineHost {
  send(report: EngineReport): void;
  /** Ends the process once what was sent has left. */
  exit(code: number): void;
  /** A monotonic clock, in milliseconds. */
  now(): number;
  usage(): ProcessUsage;
  loadModel(settings: EngineSettings): Promise<LoadedModel>;
}

export interface ProcessUsage {
  readonly residentBytes: number;
  /** Processor time since the start, of all threads, user and system. */
  readonly cpuMs: number;
}

export interface LoadedPort extends ModelPort {
  release(): Promise<void>;
}

export interface LoadedModel {
  readonly port: LoadedPort;
  /** Loads what takes its place while other engines work. */
  readonly loadForCompany?: () => Promise<LoadedPort>;
  readonly manifest: Pick<Manifest, 'selfTest'>;
}

const HEARTBEAT_MS = 1000;

/** Heartbeats without work before it loads what company will need: a service that starts has other things to load. */
const IDLE_HEARTBEATS = 5;

/** An engine process from load to stop: reads commands, turns the decode loop, reports. */
export class EngineRuntime {
  #model: ModelPort | undefined;
  #loop: DecodeLoop | undefined;
  /** The model with the threads that are left to it in company, once it is loaded. */
  #modelInCompany: LoadedPort | undefined;
  #threadsInCompany = 1;
  #hasCompany = false;
  #isStopping = false;
  #lastReportAtMs = 0;
  /** What the run that has begun is expected to take. */
  #expectedRunMs = 0;
  readonly #turns = new RecentDurations();
  /** Since the last status. There is one a second at the least, so they stay few. */
  #events: LoopEvent[] = [];
  #reportedCpuMs = 0;
  /** Whether a command has come since the turn began: an idle loop does not wait for the next then. */
  #hasNews = false;
  /** Ends the wait of an idle loop. */
  #wake: () => void = () => undefined;

  constructor(private readonly host: EngineHost) {}

  receive(command: EngineCommand): void {
    switch (command.kind) {
      case 'load':
        void this.#run(command.settings);
        return;
      case 'submit':
        for (const request of command.requests) this.#submit(request);
        break;
      case 'cancel':
        for (const id of command.ids) this.#loop?.cancel(id);
        break;
      case 'company':
        this.#hasCompany = command.hasCompany;
        break;
      case 'stop':
        this.#isStopping = true;
        break;
    }
    this.#hasNews = true;
    this.#wake();
  }

  async #run(settings: EngineSettings): Promise<void> {
    const startedAtMs = this.host.now();
    let loaded: LoadedModel;
    try {
      loaded = await this.host.loadModel(settings);
      const loadedAtMs = this.host.now();
      await requireSelfTest(loaded, settings);
      // Before there are turns it says how slow this model is on this machine.
      this.#turns.record(this.host.now() - loadedAtMs);
    } catch (error) {
      this.host.send({ kind: 'load-failed', message: messageOf(error) });
      this.host.exit(1);
      return;
    }
    this.#model = loaded.port;
    this.#threadsInCompany = settings.threadsInCompany ?? settings.threads;
    const loop = new DecodeLoop(
      loaded.port,
      settings.limits,
      () => this.host.now(),
      (event) => {
        this.#events.push(event);
        this.#expectedRunMs = 0;
        // A turn may have many runs of the encoder.
        this.#beatWhenDue(loop);
      },
      (expectedMs) => {
        this.#expectedRunMs = expectedMs;
        // A long source is one run, in which nothing can be said.
        if (expectedMs >= HEARTBEAT_MS) this.#beat(loop);
      },
    );
    this.#loop = loop;
    const loadMs = this.host.now() - startedAtMs;
    const { maxSentences } = settings.limits;
    this.host.send({ kind: 'ready', facts: { maxSentences, loadMs } });
    try {
      await this.#turnUntilStopped(loop, loaded);
    } catch (error) {
      // What a failed run leaves behind is unknown: a new process begins anew.
      this.host.send({ kind: 'crashed', message: messageOf(error) });
      this.host.exit(1);
      return;
    }
    await loaded.port.release();
    await this.#modelInCompany?.release();
    this.host.exit(0);
  }

  async #turnUntilStopped(loop: DecodeLoop, { port, loadForCompany }: LoadedModel): Promise<void> {
    let idleHeartbeats = 0;
    while (!this.#isStopping) {
      if (this.#hasCompany || idleHeartbeats >= IDLE_HEARTBEATS) {
        this.#modelInCompany ??= await loadForCompany?.();
        this.#beatWhenDue(loop);
      }
      loop.switchTo(this.#hasCompany ? (this.#modelInCompany ?? port) : port);
      this.#hasNews = false;
      const startedAtMs = this.host.now();
      const sequences = await loop.turn();
      if (sequences === undefined) {
        idleHeartbeats = (await this.#waitForCommand(loop)) ? 0 : idleHeartbeats + 1;
        continue;
      }
      this.#turns.record(this.host.now() - startedAtMs);
      if (sequences.length > 0)
        this.#report({ kind: 'finished', sequences, status: this.#takeStatus(loop) });
    }
  }

  /** Whoever hears nothing for too long takes the engine for hung. */
  #beatWhenDue(loop: DecodeLoop): void {
    if (this.host.now() - this.#lastReportAtMs >= HEARTBEAT_MS) this.#beat(loop);
  }

  #beat(loop: DecodeLoop): void {
    this.#report({ kind: 'heartbeat', status: this.#takeStatus(loop) });
  }

  #submit(request: SequenceRequest): void {
    if (this.#loop === undefined || this.#model === undefined) {
      this.host.send({ kind: 'refused', id: request.id, message: 'The model is not loaded yet.' });
      return;
    }
    const fault = findSequenceFault(request, this.#model.facts);
    if (fault === undefined) this.#loop.submit(request);
    else this.host.send({ kind: 'refused', id: request.id, message: fault });
  }

  /** Until a command comes, or, with false, the next heartbeat is due. */
  async #waitForCommand(loop: DecodeLoop): Promise<boolean> {
    if (this.#hasNews) return true;
    this.#beat(loop);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(false);
      }, HEARTBEAT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #report(report: EngineReport): void {
    this.#lastReportAtMs = this.host.now();
    this.host.send(report);
  }

  #takeStatus(loop: DecodeLoop): EngineStatus {
    const { runningSentences, runningRows, waitingSentences, statistics } = loop;
    const { residentBytes, cpuMs } = this.host.usage();
    const recent = { events: this.#events, cpuMs: cpuMs - this.#reportedCpuMs };
    this.#events = [];
    this.#reportedCpuMs = cpuMs;
    const p99TurnMs = this.#turns.quantile(0.99);
    return {
      runningSentences,
      runningRows,
      waitingSentences,
      p99TurnMs,
      expectedRunMs: this.#expectedRunMs,
      statistics,
      // Whoever plans for a full house has to know what steps cost when all engines work.
      costs: loop.costsWith(this.#threadsInCompany),
      residentBytes,
      recent,
    };
  }
}

/** In one line: what onnxruntime says has several. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}

/** Throws an `OperatorError` where the model does not compute what its manifest says. */
async function requireSelfTest(
  { port, manifest }: LoadedModel,
  { preparedFolder, limits }: EngineSettings,
): Promise<void> {
  const selfTest = shortenSelfTest(manifest.selfTest, START_STEPS);
  const { passed, difference, bound } = await runSelfTest(port, selfTest, limits);
  if (passed) return;
  throw new OperatorError(
    `The model in ${preparedFolder} does not compute what its weights say: log-probabilities are off by ` +
      `${difference.toPrecision(3)} on average, and ${bound.toPrecision(3)} is allowed. ` +
      'Run "babelserve verify" on it, or prepare it again with --force.',
  );
}
