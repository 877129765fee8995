#!/usr/bin/env node
// Compiles the sources into dist/ when they are newer than what is there. Install scripts are off
// (.npmrc), so whoever starts the program calls this first.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const dist = join(root, 'dist');
/** Its time is when the sources that dist was made from were read. */
const stamp = join(dist, '.built');

/** Builds where dist is missing or older than a source. Exits with 1 where the sources do not compile. */
export function buildIfStale({ force = false } = {}) {
  // An installed package has no sources, only dist.
  if (!existsSync(join(root, 'tsconfig.build.json'))) return;
  if (!force && existsSync(stamp) && newestSourceMs() <= statSync(stamp).mtimeMs) return;
  const startedAt = new Date();
  // Compiled aside and moved into place, so that no other process ever runs half of a build.
  const fresh = join(root, `dist.${process.pid}`);
  process.stderr.write('Building…\n');
  const { status } = spawnSync(
    process.execPath,
    [
      join(dirname(findPackage('typescript')), 'tsc.js'),
      '-p',
      join(root, 'tsconfig.build.json'),
      '--outDir',
      fresh,
    ],
    { stdio: ['ignore', 2, 2] },
  );
  if (status !== 0 || !buildPage(join(fresh, 'apps/page'))) {
    rmSync(fresh, { recursive: true, force: true });
    process.stderr.write('The sources do not compile; see above.\n');
    process.exit(1);
  }
  const freshStamp = join(fresh, '.built');
  writeFileSync(freshStamp, `${startedAt.toISOString()}\n`);
  // A source that was saved while the compiler ran is newer than this.
  utimesSync(freshStamp, startedAt, startedAt);
  replaceFolder(fresh, dist);
}

/** Bundles apps/page into `folder`; returns whether that worked. */
function buildPage(folder) {
  const vite = join(dirname(findPackage('vite/package.json')), 'bin/vite.js');
  const { status } = spawnSync(
    process.execPath,
    [vite, 'build', join(root, 'apps/page'), '--outDir', folder, '--emptyOutDir'],
    { stdio: ['ignore', 2, 2] },
  );
  return status === 0;
}

/** Puts `fresh` in the place of `target`. Where another build does the same at once, one of the two stays. */
function replaceFolder(fresh, target) {
  const old = `${fresh}.old`;
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
  rmSync(old, { recursive: true, force: true });
}

function findPackage(file) {
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch {
    process.stderr.write(
      `dist/ is missing or older than the sources, and there is no ${file.split('/')[0]} to build it. Run "npm ci" with development dependencies.\n`,
    );
    process.exit(1);
  }
}

function newestSourceMs() {
  const files = ['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
    join(root, name),
  );
  const isSource = /(?<!\.spec)\.(tsx?|css|html|svg)$|vite\.config\.mjs$/;
  for (const folder of ['apps', 'libs'])
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile() && isSource.test(entry.name))
        files.push(join(entry.parentPath, entry.name));
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  buildIfStale({ force: process.argv.includes('--force') });
