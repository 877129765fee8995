import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_PLACES } from '#libs/domain';
import { NULL_PAGE, PageStore, type PageTable } from './page-store.js';

const SHAPE = { tensors: 2, heads: 2, headSize: 3 };
const WIDTH = SHAPE.heads * SHAPE.headSize;
const PAGE_SIZE = PAGE_PLACES * WIDTH;

/** A sentence, and what should be at its places: for each the number that was written there. */
interface Sentence {
  readonly table: PageTable;
  places: number[];
}

/** Every element of a place is told apart by the number written, its tensor and its own place in the row. */
function rowsOf(value: number): Float32Array[] {
  return Array.from({ length: SHAPE.tensors }, (_, tensor) =>
    Float32Array.from({ length: WIDTH }, (__, i) => value * 100 + tensor * WIDTH + i),
  );
}

function expectHolds(store: PageStore, sentences: readonly Sentence[]): void {
  const { tensors, pageCount } = store.view();
  for (const { table, places } of sentences)
    places.forEach((value, place) => {
      const expected = rowsOf(value);
      const page = table.pages[Math.floor(place / PAGE_PLACES)]!;
      expect(page).toBeLessThan(pageCount);
      for (let tensor = 0; tensor < SHAPE.tensors; tensor++)
        for (let head = 0; head < SHAPE.heads; head++) {
          const row = (page * SHAPE.heads + head) * PAGE_PLACES + (place % PAGE_PLACES);
          const at = row * SHAPE.headSize;
          const begin = head * SHAPE.headSize;
          expect(tensors[tensor]!.slice(at, at + SHAPE.headSize)).toEqual(
            expected[tensor]!.slice(begin, begin + SHAPE.headSize),
          );
        }
    });
  const nothing = tensors.map((tensor) => tensor.subarray(NULL_PAGE, PAGE_SIZE));
  expect(nothing.every((page) => page.every((value) => value === 0))).toBe(true);
}

const operation = fc.record({
  kind: fc.constantFrom('join', 'write', 'write', 'write', 'leave', 'overwrite'),
  sentence: fc.nat(),
  choice: fc.nat(),
});

describe('PageStore', () => {
  it('keeps what was written while sentences join, grow and leave', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const store = new PageStore(SHAPE);
        const sentences: Sentence[] = [];
        let written = 0;
        for (const { kind, sentence: index, choice } of operations) {
          const sentence = sentences[index % Math.max(1, sentences.length)];
          if (kind === 'join') sentences.push({ table: { pages: [] }, places: [] });
          else if (sentence === undefined) continue;
          else if (kind === 'write')
            for (let row = 0; row < choice % 40; row++) {
              const place = sentence.places.push(++written) - 1;
              store.grow(sentence.table, Math.ceil(sentence.places.length / PAGE_PLACES));
              store.writeRows(rowsOf(written), [sentence.table], Int32Array.of(place));
            }
          else if (kind === 'leave') {
            sentences.splice(sentences.indexOf(sentence), 1);
            store.release([sentence.table]);
          } else {
            const place = choice % Math.max(1, sentence.places.length);
            if (place === sentence.places.length) continue;
            sentence.places[place] = ++written;
            store.writeRows(rowsOf(written), [sentence.table], Int32Array.of(place));
          }
          expectHolds(store, sentences);
        }
        store.release(sentences.map(({ table }) => table));
        expect(store.view().pageCount).toBe(1);
      }),
      { numRuns: 100 },
    );
  });

  it('gives a page to one sentence only, and has at most half of them idle', () => {
    const store = new PageStore(SHAPE);
    const tables = Array.from({ length: 10 }, (): PageTable => ({ pages: [] }));
    for (const table of tables) store.grow(table, 3);
    store.release(tables.slice(0, 7));
    const left = tables.slice(7).flatMap(({ pages }) => pages);
    expect(new Set(left).size).toBe(9);
    expect(left).not.toContain(NULL_PAGE);
    expect(store.view().pageCount).toBeLessThanOrEqual(20);
  });

  it('takes whole pages of one sentence out of those of several', () => {
    const store = new PageStore(SHAPE);
    const encoded = [0, 1].map((tensor) =>
      Float32Array.from({ length: 4 * PAGE_SIZE }, (_, i) => tensor * 10_000 + i),
    );
    const table: PageTable = { pages: [] };
    store.grow(table, 2);
    store.writePages(table, encoded, 1);
    const [, values] = store.view().tensors;
    for (const [index, page] of table.pages.entries())
      expect(values!.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)).toEqual(
        encoded[1]!.subarray((1 + index) * PAGE_SIZE, (2 + index) * PAGE_SIZE),
      );
  });

  it('refuses to write outside the pages of a sentence', () => {
    const store = new PageStore(SHAPE);
    const table: PageTable = { pages: [] };
    store.grow(table, 1);
    expect(() => {
      store.writeRows(rowsOf(1), [table], Int32Array.of(PAGE_PLACES));
    }).toThrow(/bug/);
  });
});
