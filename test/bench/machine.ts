import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { availableCores } from '#libs/inference';
import { cpuFeatures } from '../../libs/inference/src/onnx/cpu-features.js';

/** Where and with what a result came about. */
export interface RunFacts {
  readonly date: string;
  readonly gitCommit: string;
  readonly cpu: string;
  readonly cores: number;
  /** Whether the processor has instructions for products of int8. */
  readonly vnni: boolean;
  readonly memoryGiB: number;
  readonly node: string;
  readonly onnxruntime: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

export async function readRunFacts(): Promise<RunFacts> {
  const onnxruntime = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    version: string;
  };
  return {
    date: new Date().toISOString(),
    gitCommit: gitCommit(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: await availableCores(),
    vnni: (await cpuFeatures()).some((feature) => /^avx(512)?_vnni$/.test(feature)),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    onnxruntime: onnxruntime.version,
  };
}

function gitCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  // What the benchmarks write themselves does not change what they measure.
  const changes = git('status', '--porcelain', '--', 'apps', 'libs', 'package-lock.json');
  return git('rev-parse', '--short=12', 'HEAD') + (changes === '' ? '' : ' with changes');
}

export function describeRun(facts: RunFacts): string {
  const { cpu, cores, vnni, memoryGiB, node, onnxruntime, gitCommit: commit, date } = facts;
  const processor = `${cpu}, ${cores} cores ${vnni ? 'with' : 'without'} VNNI, ${memoryGiB} GiB`;
  return `${processor}; Node ${node}, onnxruntime-node ${onnxruntime}; commit ${commit}; ${date.slice(0, 10)}.`;
}
