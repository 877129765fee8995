import { ServedModel } from '#apps/api';
import type { AppConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { resolveLanguage } from '#libs/tokenization';
import { locateModel } from './model-location.js';
import { PATIENCE_MS, withProgress } from './work-report.js';

export async function loadModel(
  config: AppConfig,
  location: string | undefined,
): Promise<ServedModel> {
  const folder = await withProgress((report) => locateModel(config, report, location), PATIENCE_MS);
  return ServedModel.load(folder);
}

/** The model's own code of a language, from any usual form of it. */
export function requireLanguage({ manifest }: ServedModel, code: string): string {
  const language = resolveLanguage(code, manifest.languages);
  if (language === undefined)
    throw new OperatorError(
      `This model does not serve the language "${code}". It serves: ${manifest.languages.join(', ')}.`,
    );
  return language;
}
