import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { availableCores } from '#libs/inference';

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/babelserve.mjs', import.meta.url));
const READY_TIMEOUT_MS = 60_000;

export interface TranslatedRecord {
  readonly id: string | number;
  readonly text: string;
  readonly truncated?: boolean;
}

interface StartOptions {
  /** A file descriptor in the place of its standard output; `log` has standard error alone then. */
  readonly output?: 'pipe' | number;
  /** A command that becomes the service. */
  readonly prefix?: readonly string[];
}

/** The built service as a user starts it, in a process of its own, on a free port. */
export class RunningService {
  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
    private readonly output: () => string,
  ) {}

  /** Resolves when the service says that it is ready. */
  static async start(
    env: Readonly<Record<string, string>> = {},
    { output = 'pipe', prefix = [] }: StartOptions = {},
  ): Promise<RunningService> {
    const port = await freePort();
    const [command, ...args] = [...prefix, process.execPath, LAUNCHER, 'serve'] as const;
    const child = spawn(command, args, {
      env: {
        PATH: process.env['PATH'],
        HOST: '127.0.0.1',
        PORT: String(port),
        CACHE_DIR: join(tmpdir(), 'babelserve-test-cache'),
        DRAIN_DELAY_MS: '0',
        ...env,
      },
      stdio: ['ignore', output, 'pipe'],
    });
    let written = '';
    child.stdout?.on('data', (chunk: Buffer) => (written += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (written += chunk.toString()));
    const service = new RunningService(child, `http://127.0.0.1:${port}`, () => written);
    await service.#untilReady();
    return service;
  }

  /** What it has written to standard output and error. */
  get log(): string {
    return this.output();
  }

  /** Process ids of its engines in the order in which they became ready, those that are gone included. */
  get engineProcessIds(): number[] {
    return Array.from(this.log.matchAll(/"processId":(\d+),.*"engine ready"/g), ([, id]) =>
      Number(id),
    );
  }

  /** The engine that became ready last. */
  get lastEngineId(): number {
    return this.engineProcessIds.at(-1) ?? Number.NaN;
  }

  /**
   * Resolves when all engines are ready that a service has here unless `APP_WORKERS` says otherwise: it takes requests
   * as soon as one is.
   */
  async untilComplete(): Promise<void> {
    const engines = Math.min(2, await availableCores());
    while ((await this.metric('translation_engine_up')) < engines) await delay(50);
  }

  /** Engine processes that there are, those that still load included. On Linux alone. */
  async startedEngines(): Promise<number> {
    const { pid } = this.process;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const commands = children
      .trim()
      .split(' ')
      .map((id) => readFile(`/proc/${id}/cmdline`, 'utf8'));
    return (await Promise.all(commands)).filter((line) => line.includes('engine.process')).length;
  }

  /** Asks it to stop, and resolves with its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit') as Promise<[number | null]>;
    this.process.kill(signal);
    const [code] = await exited;
    return code;
  }

  post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}/translation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Translates texts in one request; their ids are their places. */
  async translate(
    fromLang: string,
    toLang: string,
    texts: readonly string[],
  ): Promise<TranslatedRecord[]> {
    const records = texts.map((text, id) => ({ id, text }));
    const response = await this.post({ payload: { fromLang, toLang, records } });
    const body = (await response.json()) as { result: TranslatedRecord[] };
    if (response.status !== 200) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
    return body.result;
  }

  /** The value of a metric without labels, or the sum over all of its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const samples = text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    if (samples.length === 0) throw new Error(`there is no metric ${name}`);
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async #untilReady(): Promise<void> {
    const giveUpAtMs = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < giveUpAtMs) {
      if (this.process.exitCode !== null) break;
      const isReady = await fetch(`${this.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await delay(50);
    }
    this.process.kill('SIGKILL');
    throw new Error(`the service did not get ready:\n${this.log}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
