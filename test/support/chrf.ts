const MAX_NGRAM = 6;
const BETA_SQUARED = 4;

/**
 * Corpus chrF2 in percent: character n-grams up to 6, white space left out, recall twice as important as
 * precision. Source: Popović, 2015; sacrebleu 2 with its defaults.
 */
export function chrF(hypotheses: readonly string[], references: readonly string[]): number {
  let precisionSum = 0;
  let recallSum = 0;
  let orders = 0;
  for (let n = 1; n <= MAX_NGRAM; n++) {
    let matches = 0;
    let produced = 0;
    let wanted = 0;
    hypotheses.forEach((hypothesis, line) => {
      const ours = countNgrams(hypothesis, n);
      const theirs = countNgrams(references[line] ?? '', n);
      for (const [ngram, count] of ours) matches += Math.min(count, theirs.get(ngram) ?? 0);
      produced += sum(ours);
      wanted += sum(theirs);
    });
    if (produced === 0 || wanted === 0) continue;
    precisionSum += matches / produced;
    recallSum += matches / wanted;
    orders++;
  }
  if (precisionSum + recallSum === 0) return 0;
  const precision = precisionSum / orders;
  const recall = recallSum / orders;
  return (100 * (1 + BETA_SQUARED) * precision * recall) / (BETA_SQUARED * precision + recall);
}

function countNgrams(text: string, n: number): Map<string, number> {
  const characters = Array.from(text.replace(/\s+/gu, ''));
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= characters.length; start++) {
    const ngram = characters.slice(start, start + n).join('');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
