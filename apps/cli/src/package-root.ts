import { fileURLToPath } from 'node:url';

/** A file of the package, seen from where this module is compiled to: dist/apps/cli/src. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
}

/** The checkpoint that comes with the package. */
export const DEMO_MODEL = packageFile('models/demo');
