import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { assertInvariant, OperatorError } from '#libs/domain';

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A Python program in `peers/` that answers each JSON line with one, in order. */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];

  constructor(python: string, script: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
    this.#child = spawn(python, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    assertInvariant(this.#child.stdout !== null, 'a piped output is missing');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line));
    });
    this.#child.on('error', (cause) => {
      this.#fail(`${python} could not be started: ${cause.message}`);
    });
    this.#child.on('exit', () => {
      this.#fail(`${script} ended; what it wrote to standard error says why.`);
    });
  }

  get processId(): number {
    const { pid } = this.#child;
    assertInvariant(pid !== undefined, 'the peer did not start');
    return pid;
  }

  /** Sends a command; the answer is what the head of the script says. */
  request(command: string, fields: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ command, ...fields })}\n`);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }

  #fail(message: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new OperatorError(message));
  }
}
