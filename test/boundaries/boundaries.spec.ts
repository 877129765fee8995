import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

/** A rule that is not tested is a comment: each of these files breaks one on purpose. */
const PLANTED = [
  ['no-cycles', 'libs/decoding/src/cycle/a.ts'],
  ['libraries-know-no-app', 'libs/batching/src/app.ts'],
  ['page-stands-alone', 'apps/page/src/service.ts'],
  ['nobody-imports-the-page', 'apps/api/src/page.ts'],
  ['index-only', 'libs/tokenization/src/deep.ts'],
  ['onnxruntime-only-in-its-adapter', 'libs/inference/src/runtime.ts'],
  ['rxjs-only-in-batching', 'libs/decoding/src/rx.ts'],
  ['nest-only-at-the-edges', 'libs/decoding/src/nest.ts'],
  ['testing-only-in-tests', 'libs/decoding/src/fake.ts'],
  ['domain-imports', 'libs/domain/src/upward.ts'],
  ['tokenization-imports', 'libs/tokenization/src/deep.ts'],
] as const;

function cruise(folder: string): Violation[] {
  const options = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json'];
  // With violations it exits with their number, which is what we are after.
  const { stdout } = spawnSync('npx', ['depcruise', ...options, folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  return summary.violations;
}

describe('the boundary rules', () => {
  let violations: Violation[];
  beforeAll(() => {
    violations = cruise('test/boundaries/planted');
  });

  it.each(PLANTED)('%s catches %s', (rule, file) => {
    const caught = violations.filter(({ from }) => from === `test/boundaries/planted/${file}`);
    expect(caught.map(({ rule: { name } }) => name)).toContain(rule);
  });
});
