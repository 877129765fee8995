import { join } from 'node:path';
import { hashFile, type Manifest } from '#libs/prepared-model';
import { DEMO_MODEL } from './package-root.js';

const WEIGHTS = 'model.safetensors';

/** The demo model's checkpoint where a model was prepared from its weights: it is always at hand. */
export async function demoSourceOf({ source }: Manifest): Promise<string | undefined> {
  const { sha256 } = await hashFile(join(DEMO_MODEL, WEIGHTS));
  return source.files[WEIGHTS]?.sha256 === sha256 ? DEMO_MODEL : undefined;
}
