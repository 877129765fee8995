import { InvalidArgumentError } from 'commander';

/** Reads an option that is a number from `least` to `most`. */
export function numberOption(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (!(number >= least && number <= most))
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return number;
  };
}
