import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { prepareModel } from '#libs/model-compiler';
import { type Precision, readManifest, verifyFiles } from '#libs/prepared-model';
import { randomInteger, seededRandom } from '../../libs/testing/src/seeded-random.js';
import { countFileOperations, prepareAndKillAt } from '../support/prepare-process.js';
import { CHECKPOINTS } from '../support/prepared-models.js';

const source = CHECKPOINTS.tiny;
const SEED = 20;
/** The last operations, in which files move into place: one for a missing folder, one by one in an existing one. */
const PUBLISHING = { missing: 5, existing: 14 };

let work: string;
let output: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'prepare-killed-'));
  output = join(work, 'prepared');
});
afterEach(() => rm(work, { recursive: true }));

const orderOf = (precision: Precision) => ({ into: 'folder', source, output, precision }) as const;

/** Its precision where the folder holds a whole model; undefined where there is none. A mixture fails the test. */
async function wholeModel(): Promise<Precision | undefined> {
  try {
    const manifest = await readManifest(output);
    expect(await verifyFiles(output, manifest)).toEqual([]);
    return manifest.precision;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    expect(error.message).toMatch(/manifest\.json cannot be read: there is no such file/);
    return undefined;
  }
}

/** Random moments of the whole work, and each of the last ones. */
function killMoments(operations: number, randomCount: number, lastCount: number): number[] {
  const random = seededRandom(SEED);
  const moments = new Set<number>();
  while (moments.size < randomCount) moments.add(randomInteger(random, 1, operations - lastCount));
  for (let last = lastCount; last > 0; last--) moments.add(operations - last + 1);
  return [...moments];
}

describe('prepare, killed at random moments and at each one of publishing', () => {
  it('leaves a missing folder missing or whole, and the next try succeeds', async () => {
    const operations = await countFileOperations(orderOf('int8'));
    for (const moment of killMoments(operations, 20, PUBLISHING.missing)) {
      await rm(output, { recursive: true });
      await prepareAndKillAt(orderOf('int8'), moment);
      const isThere = (await readdir(work)).includes('prepared');
      expect(await wholeModel()).toBe(isThere ? 'int8' : undefined);
      await prepareModel(orderOf('int8'));
      expect(await wholeModel()).toBe('int8');
      expect(await readdir(work)).toEqual(['prepared']);
    }
  });

  it('leaves in an existing folder the old model, the new one or none, and the next try succeeds', async () => {
    const replaced: (Precision | undefined)[] = [];
    await prepareModel(orderOf('fp32'));
    const operations = await countFileOperations(orderOf('int8'));
    for (const moment of killMoments(operations, 6, PUBLISHING.existing)) {
      await prepareModel(orderOf('fp32'));
      await prepareAndKillAt(orderOf('int8'), moment);
      replaced.push(await wholeModel());
      await prepareModel(orderOf('int8'));
      expect(await wholeModel()).toBe('int8');
      expect(await readdir(output)).toHaveLength(6);
    }
    // Each of them has been seen, or the moments are the wrong ones.
    expect(new Set(replaced)).toEqual(new Set(['fp32', undefined, 'int8']));
  });

  it('leaves nothing visible in an empty folder', async () => {
    await mkdir(output);
    const operations = await countFileOperations(orderOf('int8'));
    await rm(output, { recursive: true });
    await mkdir(output);
    await prepareAndKillAt(orderOf('int8'), operations - PUBLISHING.existing);
    const names = await readdir(output);
    expect(names).toEqual([expect.stringMatching(/^\..*\.partial$/)]);
    await prepareModel(orderOf('int8'));
    expect(await readdir(output)).toHaveLength(6);
  });
});
