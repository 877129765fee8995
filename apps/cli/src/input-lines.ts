import { createInterface } from 'node:readline';

/** Lines of standard input, without their ends. */
export function inputLines(): AsyncIterable<string> {
  return createInterface({ input: process.stdin, crlfDelay: Infinity });
}

/** Writes a line, and waits where the reader is slower than we are. */
export async function writeLine(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/**
 * Works on many items at once and yields the results in the order of the items. At most `limit` are begun
 * and not yet yielded, however long the input is.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // The failure is thrown when its turn comes; until then it is not an unhandled one.
    result.catch(() => undefined);
    begun.push(result);
    const first = begun.length >= limit ? begun.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const result of begun) yield await result;
}
