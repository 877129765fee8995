import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertInvariant } from '#libs/domain';

/** What one kind of operator took over all runs of a graph. */
export interface OperatorTime {
  readonly name: string;
  readonly isIntegerProduct: boolean;
  readonly ms: number;
  readonly calls: number;
}

interface ProfileEvent {
  readonly name: string;
  readonly cat: string;
  /** Microseconds since the profile began. */
  readonly ts: number;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    /** `[{ float: [160, 1024] }]` */
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

const INTEGER_PRODUCT = /^(MatMulInteger|DynamicQuantizeMatMul|QLinearMatMul|QGemm|MatMulNBits)/;

/** Operators whose time is that of the operators in their branches, which are listed, too. */
const CONTAINERS = new Set(['If', 'Loop', 'Scan']);

/** Reads the profile that onnxruntime wrote under a prefix, from a run on; the operators by falling time. */
export async function readProfile(
  folder: string,
  prefix: string,
  firstRun: number,
): Promise<OperatorTime[]> {
  const name = (await readdir(folder)).find((file) => file.startsWith(prefix));
  assertInvariant(name !== undefined, `there is no profile ${prefix} in ${folder}`);
  const events = JSON.parse(await readFile(join(folder, name), 'utf8')) as ProfileEvent[];
  const runs = events.filter(({ name: event }) => event === 'model_run').map(({ ts }) => ts);
  const startedAtUs = runs.sort((a, b) => a - b)[firstRun];
  assertInvariant(startedAtUs !== undefined, `the profile has ${runs.length} runs alone`);
  const times = new Map<string, OperatorTime>();
  for (const event of events) {
    if (event.cat !== 'Node' || event.ts < startedAtUs) continue;
    if (!event.name.endsWith('_kernel_time')) continue;
    const operator = event.args?.op_name ?? 'unknown';
    if (CONTAINERS.has(operator)) continue;
    const isIntegerProduct = INTEGER_PRODUCT.test(operator);
    const kind = isIntegerProduct ? `${operator} to ${outputWidth(event)}` : operator;
    const { ms, calls } = times.get(kind) ?? { ms: 0, calls: 0 };
    times.set(kind, {
      name: kind,
      isIntegerProduct,
      ms: ms + event.dur / 1000,
      calls: calls + 1,
    });
  }
  return [...times.values()].sort((a, b) => b.ms - a.ms);
}

/** Tells the matrix products apart: the vocabulary's width is that of the output layer. */
function outputWidth({ args }: ProfileEvent): number {
  const [shape] = Object.values(args?.output_type_shape?.[0] ?? {});
  return shape?.at(-1) ?? 0;
}
