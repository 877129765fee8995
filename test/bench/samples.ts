import { assertInvariant } from '#libs/domain';

/** Times of one thing, in the order they were taken. */
export type SamplesMs = readonly number[];

export function median(samples: readonly number[]): number {
  assertInvariant(samples.length > 0, 'there is no median of nothing');
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** Runs the contenders in turn, so that a slow spell of the machine hits all of them. */
export async function alternate<Name extends string>(
  repetitions: number,
  contenders: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const name of names) samples[name]!.push(await contenders[name]());
  return samples as Record<Name, number[]>;
}
