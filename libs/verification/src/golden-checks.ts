import { assertInvariant } from '#libs/domain';
import type { Precision } from '#libs/prepared-model';
import { forcedLogits } from './forced-logits.js';
import type { GoldenEncoding, GoldenLogits, GoldenTranslation } from './golden-values.js';
import type { LoadedModel } from './loaded-model.js';
import { type Check, checkOf } from './report.js';
import { translateTogether } from './translate-together.js';

/** Token ids are whole numbers: each differs or does not. */
export function checkEncodings(
  { tokenizer }: Pick<LoadedModel, 'tokenizer'>,
  encodings: readonly GoldenEncoding[],
): Check {
  const differences = encodings.flatMap(({ text, language, ids }) => {
    const found = Array.from(tokenizer.encode(text, language));
    if (found.join() === ids.join()) return [];
    return [`${JSON.stringify(text)}: ${found.join(' ')}; published ${ids.join(' ')}`];
  });
  return checkOf('encodings', differences, {
    passed: `${encodings.length} texts have the published token ids`,
    different: `${differences.length} of ${encodings.length} texts have other token ids than published`,
  });
}

/** In fp32 within the tolerance; in int8 the differences are shown. */
export async function checkLogits(
  { manifest, port, limits }: LoadedModel,
  golden: GoldenLogits,
): Promise<Check> {
  const { vocabularySize } = port.facts;
  const stranger = [...golden.sourceTokenIds, ...golden.targetTokenIds].find(
    (id) => id >= vocabularySize,
  );
  if (stranger !== undefined) {
    const summary = `the published input has the token ${stranger}; the model's vocabulary ends at ${vocabularySize - 1}`;
    return { name: 'logits', outcome: 'different', summary, details: [] };
  }
  const found = await forcedLogits(port, limits, golden);
  let largest = 0;
  const details = golden.rows.map((row, place) => {
    const had = row.map((_, tokenId) => found[place]?.[tokenId] ?? NaN);
    for (const [tokenId, logit] of row.entries()) {
      // NaN stays NaN, and no tolerance holds for it.
      largest = Math.max(largest, Math.abs((had[tokenId] ?? NaN) - logit));
    }
    return `after token ${place + 1}: ${fixed(had)}; published ${fixed(row)}`;
  });
  const off = `the largest difference from the published logits is ${largest.toExponential(1)}`;
  if (manifest.precision === 'int8')
    return { name: 'logits', outcome: 'shown', summary: `${off}; int8 has no bound here`, details };
  const summary = `${off}; ${golden.tolerance} is allowed`;
  const outcome = largest <= golden.tolerance ? 'passed' : 'different';
  return { name: 'logits', outcome, summary, details };
}

/** In fp32 text for text; in int8 what beam search and greedy search find is shown beside what was published. */
export async function checkTranslations(
  model: LoadedModel,
  translations: readonly GoldenTranslation[],
): Promise<Check> {
  const { precision, generation } = model.manifest;
  const found = await translateTogether(model, translations, generation.beamSize);
  const greedy = precision === 'int8' ? await translateTogether(model, translations, 1) : undefined;
  const same = translations.filter(({ target }, index) => found[index] === target).length;
  const details = translations.flatMap(({ target }, index) =>
    precision === 'fp32' && found[index] === target
      ? []
      : [
          `published: ${target}`,
          `${generation.beamSize} beams:   ${found[index] ?? ''}`,
          ...(greedy === undefined ? [] : [`greedy:    ${greedy[index] ?? ''}`]),
        ],
  );
  const summary = `${same} of ${translations.length} translations are as published`;
  return {
    name: 'translations',
    outcome: outcomeOf(precision, same === translations.length),
    summary,
    details,
  };
}

function outcomeOf(precision: Precision, isSame: boolean): Check['outcome'] {
  if (precision === 'int8') return 'shown';
  return isSame ? 'passed' : 'different';
}

function fixed(values: readonly number[]): string {
  assertInvariant(values.length > 0, 'a row of no logits');
  return values.map((value) => value.toFixed(4)).join(' ');
}
