import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePrepared } from '#libs/model-compiler';
import type { Precision } from '#libs/prepared-model';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Checkpoints that the tests translate with, in the Hugging Face layout. */
export const CHECKPOINTS = {
  demo: join(root, 'models/demo'),
  tiny: join(root, 'test/fixtures/tiny-m2m100'),
} as const;

/** A prepared model's folder, kept from one test run to the next. */
export function preparedModel(
  name: keyof typeof CHECKPOINTS,
  precision: Precision,
): Promise<string> {
  return ensurePrepared({
    source: CHECKPOINTS[name],
    cacheFolder: join(tmpdir(), 'babelserve-test-models'),
    precision,
  });
}
