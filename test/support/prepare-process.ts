import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Precision } from '#libs/prepared-model';

const root = fileURLToPath(new URL('../../', import.meta.url));
const KILL_AT = fileURLToPath(new URL('./kill-at.mjs', import.meta.url));

/** Prints `ready`, waits for a line, prepares, and prints the outcome or the error. */
const SCRIPT = `
  import { once } from 'node:events';
  import { ensurePrepared, prepareModel } from '#libs/model-compiler';
  const { into, ...options } = JSON.parse(process.argv[1]);
  process.stdout.write('ready\\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  try {
    const said = into === 'cache' ? await ensurePrepared(options) : (await prepareModel(options)).outcome;
    process.stdout.write(said);
  } catch (error) {
    process.stdout.write(error.name + ': ' + error.message);
  }`;

/** What the process prepares: into a folder, or into a cache, whose entry it then names. */
export type PrepareOrder =
  | { into: 'folder'; source: string; output: string; precision: Precision }
  | { into: 'cache'; source: string; cacheFolder: string; precision: Precision };

/** A process that prepares a model. */
export class PrepareProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts the process, behind the command `prefix`, and waits until it is ready to prepare. */
  static async start(order: PrepareOrder, prefix: readonly string[] = []): Promise<PrepareProcess> {
    const node = [process.execPath, '--input-type=module', '-e', SCRIPT, JSON.stringify(order)];
    const [command = '', ...args] = [...prefix, ...node];
    const child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new PrepareProcess(child);
  }

  /** Lets it begin. */
  begin(): void {
    this.child.stdin!.write('go\n');
  }

  /** Lets it begin, and gives back what it says in the end. */
  async prepare(): Promise<string> {
    this.begin();
    return text(this.child.stdout!);
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** How many operations on files the work takes. */
export async function countFileOperations(order: PrepareOrder): Promise<number> {
  const { stderr, code } = await runCounted(order, {});
  if (code !== 0) throw new Error(`the process ended with ${code}`);
  return Number(stderr);
}

/** Prepares in a process that is killed just before an operation on files, counted from 1. */
export async function prepareAndKillAt(order: PrepareOrder, operation: number): Promise<void> {
  const { signal } = await runCounted(order, { KILL_AT: String(operation) });
  if (signal !== 'SIGKILL') throw new Error(`the process got to its end`);
}

async function runCounted(
  order: PrepareOrder,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const args = ['--import', KILL_AT, '--input-type=module', '-e', SCRIPT, JSON.stringify(order)];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env } });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  child.stdin.write('go\n');
  const [stderr, [code, signal]] = await Promise.all([text(child.stderr), ended]);
  return { code, signal, stderr };
}
