import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { ensurePrepared } from '#libs/model-compiler';
import { type Manifest, PREPARED_FILES, readManifest } from '#libs/prepared-model';
import { M2M100Tokenizer, resolveLanguage } from '#libs/tokenization';
import { packageFile } from './package-root.js';

const DEMO_MODEL = 'models/demo';

/**
 * The prepared folder of a model: `location` itself where it is one, else what its checkpoint was compiled
 * to in the cache. Without a location it is the demo model.
 */
export async function locateModel(location: string | undefined, cacheFolder: string): Promise<string> {
  const folder = location ?? packageFile(DEMO_MODEL);
  if (existsSync(join(folder, PREPARED_FILES.manifest))) return folder;
  if (existsSync(join(folder, 'config.json')))
    return ensurePrepared({ source: folder, cacheFolder, precision: 'int8' });
  throw new OperatorError(
    existsSync(folder)
      ? `"${folder}" is no model: it has neither ${PREPARED_FILES.manifest} (a prepared model) nor config.json (a checkpoint in the Hugging Face layout).`
      : `There is no model at "${folder}". Name a prepared folder or a local folder in the Hugging Face layout.`,
  );
}

/** A prepared model with what turns text into tokens and back. */
export class OpenModel {
  private constructor(
    readonly folder: string,
    readonly manifest: Manifest,
    readonly tokenizer: M2M100Tokenizer,
  ) {}

  static async open(location: string | undefined, cacheFolder: string): Promise<OpenModel> {
    const folder = await locateModel(location, cacheFolder);
    return new OpenModel(folder, await readManifest(folder), await M2M100Tokenizer.load(folder));
  }

  /** The model's own code of a language, from any usual form of it. */
  requireLanguage(code: string): string {
    const { languages } = this.manifest;
    const language = resolveLanguage(code, languages);
    if (language === undefined)
      throw new OperatorError(
        `This model does not serve the language "${code}". It serves: ${languages.join(', ')}.`,
      );
    return language;
  }
}
