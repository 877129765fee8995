/**
 * Whole texts from the hypotheses of their parts, each best first: the nth best text is that of the nth best
 * hypotheses; a part that has fewer gives its best. At least one; texts may be equal.
 */
export function joinRanks(
  hypotheses: readonly (readonly string[])[],
  join: (texts: readonly string[]) => string,
): string[] {
  const ranks = Math.max(1, ...hypotheses.map(({ length }) => length));
  return Array.from({ length: ranks }, (_, rank) =>
    join(hypotheses.map((texts) => texts[rank] ?? texts[0] ?? '')),
  );
}
