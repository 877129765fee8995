import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareModel } from '#libs/model-compiler';
import { type Manifest, type Precision, readManifest } from '#libs/prepared-model';
import { CHECKPOINTS, preparedModel } from './prepared-models.js';
import {
  copyWithoutWeights,
  type NamedWeight,
  readWeights,
  writeSafetensors,
} from './weight-forms.js';

/** What is wrong with the weights of the demo model: one layer or two, in the middle of it. */
export const WRONG_WEIGHTS: Readonly<Record<string, (weights: NamedWeight[]) => NamedWeight[]>> = {
  "one layer's scales half as large again": scaled('model.decoder.layers.1.fc1.weight', 1.5),
  "one layer's scales a tenth larger": scaled('model.decoder.layers.1.fc1.weight', 1.1),
  'queries and keys swapped': swapped(
    'model.decoder.layers.1.self_attn.q_proj.weight',
    'model.decoder.layers.1.self_attn.k_proj.weight',
  ),
  'two layers swapped': swapped(
    'model.encoder.layers.1.fc1.weight',
    'model.encoder.layers.0.fc1.weight',
  ),
};

/**
 * Fills a folder with a model whose manifest is that of the demo model, and whose weights are others: it vouches
 * for its files, and they are wrong.
 */
export async function writeWrongModel(
  folder: string,
  precision: Precision,
  change: (weights: NamedWeight[]) => NamedWeight[],
): Promise<void> {
  const source = `${folder}-source`;
  await copyWithoutWeights(CHECKPOINTS.demo, source);
  await writeSafetensors(source, change(await readWeights(CHECKPOINTS.demo)));
  await prepareModel({ source, output: folder, precision });
  await rm(source, { recursive: true });
  const { files } = await readManifest(folder);
  const right = join(await preparedModel('demo', precision), 'manifest.json');
  const manifest = JSON.parse(await readFile(right, 'utf8')) as Manifest;
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files }));
}

function scaled(name: string, factor: number) {
  return (weights: NamedWeight[]): NamedWeight[] =>
    weights.map((one) =>
      one.name === name ? { ...one, values: one.values.map((value) => value * factor) } : one,
    );
}

function swapped(first: string, second: string) {
  return (weights: NamedWeight[]): NamedWeight[] => {
    const valuesOf = (wanted: string): Float32Array =>
      weights.find(({ name }) => name === wanted)!.values;
    return weights.map((one) => {
      if (one.name === first) return { ...one, values: valuesOf(second) };
      return one.name === second ? { ...one, values: valuesOf(first) } : one;
    });
  };
}
