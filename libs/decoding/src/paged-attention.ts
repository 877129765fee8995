import { NULL_PAGE, type PageStore, type PageTable } from './page-store.js';
import type { QuerySlots } from './query-slots.js';

/**
 * Keys and values in pages, and the way from queries to pages and back. Scores are computed page by page
 * (N pages, H heads, G query slots), laid side by side for the softmax (B sentences of M pages each), and
 * laid apart again to weigh the values. All indices name rows of a tensor whose leading axes are flattened.
 */
export interface PagedAttention {
  readonly pageCount: number;
  /** M: as many as the sentence with the most has, and some more. */
  readonly pagesPerSentence: number;
  /** `[N, H, G]` the query `row · H + head` that meets the page. */
  readonly queries: Int32Array;
  /** `[B, H, G, M]` the page's scores, in `[N, H, G]`. */
  readonly scorePages: Int32Array;
  /** `[N, H, G]` the page's weights, in `[B, H, G, M]`. */
  readonly weightPages: Int32Array;
  /** `[M, R, H]` the page's part of a row's answer, in `[N, H, G]`. */
  readonly rowPages: Int32Array;
  /** Layer 0's keys, its values, layer 1's keys, … `[N, …]` each. Read during the call, not kept. */
  readonly keyValues: readonly Float32Array[];
}

/** Sums over pages are grouped by fours: with 1, 2 or a multiple of 4 pages, further empty ones change no bit. */
const PAGE_MULTIPLE = 4;

function roundUpPages(pages: number): number {
  return pages <= 2 ? pages : Math.ceil(pages / PAGE_MULTIPLE) * PAGE_MULTIPLE;
}

/** @param tables those of the sentences, in their order. */
export function layOutPages(
  store: PageStore,
  tables: readonly PageTable[],
  slots: QuerySlots,
): PagedAttention {
  const { pageCount, tensors } = store.view();
  const { heads, querySlots, slotRows, rowSlots } = slots;
  const pagesPerSentence = roundUpPages(Math.max(1, ...tables.map(({ pages }) => pages.length)));
  const queries = new Int32Array(pageCount * heads * querySlots);
  const weightPages = new Int32Array(queries.length);
  const scorePages = new Int32Array(tables.length * heads * querySlots * pagesPerSentence);
  const rowPages = new Int32Array(rowSlots.length * heads * pagesPerSentence);
  tables.forEach(({ pages }, sentence) => {
    for (let index = 0; index < pagesPerSentence; index++) {
      const page = pages[index] ?? NULL_PAGE;
      for (let head = 0; head < heads; head++)
        for (let slot = 0; slot < querySlots; slot++) {
          const score = (page * heads + head) * querySlots + slot;
          const weight = ((sentence * heads + head) * querySlots + slot) * pagesPerSentence + index;
          scorePages[weight] = score;
          if (page === NULL_PAGE) continue;
          queries[score] = (slotRows[sentence * querySlots + slot] ?? 0) * heads + head;
          weightPages[score] = weight;
        }
    }
  });
  rowSlots.forEach((slot, row) => {
    const pages = tables[Math.floor(slot / querySlots)]?.pages ?? [];
    for (let head = 0; head < heads; head++)
      for (let index = 0; index < pagesPerSentence; index++)
        rowPages[(index * rowSlots.length + row) * heads + head] =
          ((pages[index] ?? NULL_PAGE) * heads + head) * querySlots + (slot % querySlots);
  });
  return {
    pageCount,
    pagesPerSentence,
    queries,
    scorePages,
    weightPages,
    rowPages,
    keyValues: tensors,
  };
}
