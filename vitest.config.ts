import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

const conditions = ['development', 'module', 'node', 'import', 'default'];

export default defineConfig({
  // Vite's own transformer drops the decorator metadata that Nest's injection reads.
  plugins: [swc.vite({ module: { type: 'es6' } })],
  oxc: false,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['apps/**/*.spec.ts', 'libs/**/*.spec.ts', 'test/**/*.{spec,int-spec,e2e-spec}.ts'],
    // Engine processes want the cores to themselves; unit tests are quick anyway.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
