import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

// Vite's own transformer drops the decorator metadata that Nest's injection reads.
const plugins = [swc.vite({ module: { type: 'es6' } })];
const fromSource = ['source', 'node', 'import', 'default'];
const fromDist = ['node', 'import', 'default'];
const TEN_MINUTES_MS = 600_000;
const TWO_HOURS_MS = 7_200_000;

export default defineConfig({
  test: {
    // Two cores are what a small machine has; engine processes want them too.
    maxWorkers: 2,
    projects: [
      {
        plugins,
        oxc: false,
        resolve: { conditions: fromSource },
        ssr: { resolve: { conditions: fromSource } },
        test: {
          name: 'source',
          include: [
            'apps/**/*.spec.ts',
            'libs/**/*.spec.ts',
            'test/boundaries/*.spec.ts',
            'test/deploy/*.spec.ts',
            'test/load/*.spec.ts',
            'test/simulation/*.spec.ts',
            'test/fuzz/*.fuzz-spec.ts',
          ],
          provide: { fuzzRuns: 200, schedules: 1000 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The same as in the ordinary run, with many more schedules (npm run test:simulation).
        plugins,
        oxc: false,
        resolve: { conditions: fromSource },
        ssr: { resolve: { conditions: fromSource } },
        test: {
          name: 'simulation',
          include: ['test/simulation/*.spec.ts'],
          provide: { schedules: 10_000 },
          testTimeout: TWO_HOURS_MS,
        },
      },
      {
        // The same as in the ordinary run, with many more files (npm run test:fuzz).
        plugins,
        oxc: false,
        resolve: { conditions: fromSource },
        ssr: { resolve: { conditions: fromSource } },
        test: {
          name: 'fuzz',
          include: ['test/fuzz/*.fuzz-spec.ts'],
          provide: { fuzzRuns: 50_000 },
          testTimeout: TWO_HOURS_MS,
        },
      },
      {
        // "#libs/*" means dist here: an engine process cannot be forked from TypeScript.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'built',
          include: ['test/**/*.{int-spec,e2e-spec}.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Only where asked for (npm run test:clients): it wants Python, and a package index.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'clients',
          include: ['test/clients/*.clients-spec.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Only where asked for (npm run screenshots): they are part of the documentation.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'screenshots',
          include: ['test/browser/screenshots.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Only where there is a Chromium (npm run test:browser).
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'browser',
          include: ['test/browser/*.browser-spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Only where asked for (npm run test:load, test:fairness, test:soak): minutes, and a quiet machine.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'load',
          include: ['test/load/**/*.load.ts'],
          testTimeout: TWO_HOURS_MS,
          hookTimeout: TWO_HOURS_MS,
        },
      },
      {
        // Only where asked for (npm run test:faults): it takes minutes.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'faults',
          include: ['test/faults/*.fault.ts'],
          testTimeout: TEN_MINUTES_MS,
        },
      },
      {
        // Only where asked for (npm run test:container): it builds the image.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'container',
          include: ['test/container/*.container.ts'],
          testTimeout: TEN_MINUTES_MS,
          hookTimeout: TEN_MINUTES_MS,
        },
      },
      {
        // Only where asked for (npm run bench:…): each takes minutes, and a quiet machine.
        plugins,
        oxc: false,
        resolve: { conditions: fromDist },
        ssr: { resolve: { conditions: fromDist } },
        test: {
          name: 'bench',
          include: ['test/bench/**/*.bench.ts'],
          testTimeout: TWO_HOURS_MS,
          hookTimeout: TWO_HOURS_MS,
        },
      },
    ],
  },
});
