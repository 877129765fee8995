import { assertInvariant, PAGE_PLACES } from '#libs/domain';

/** Reads as zeros, for ever: what stands for the pages that a sentence has not got. */
export const NULL_PAGE = 0;

/** A sentence's pages in their order: its place p is place p mod `PAGE_PLACES` of page `pages[p / PAGE_PLACES]`. */
export interface PageTable {
  pages: readonly number[];
}

/** What the model reads: tensors of `pageCount` pages each. */
export interface PagesView {
  readonly pageCount: number;
  readonly tensors: readonly Float32Array[];
}

export interface PageShape {
  readonly tensors: number;
  readonly heads: number;
  readonly headSize: number;
}

/** How many times what is asked for a store takes at a time. Memory that is never touched costs nothing: the system maps it as it is written. */
const RESERVE_FACTOR = 4;

/** Pages are moved together when at most this part of them is in use. */
const PACK_AT = 0.5;

/**
 * Keys and values of the sentences in a batch, in pages of `PAGE_PLACES` places that a sentence takes as it
 * grows: a set of tensors `[pages, heads · PAGE_PLACES · headSize]`, in buffers that are kept and reused.
 * Onnxruntime reads them in place. Places that nobody wrote hold whatever was there before, finite always;
 * the attention masks leave them out.
 *
 * Source: W. Kwon et al., Efficient Memory Management for Large Language Model Serving with PagedAttention,
 * SOSP 2023.
 */
export class PageStore {
  #buffers: Float32Array[];
  readonly #tables = new Set<PageTable>();
  /** Pages below `#pageCount` that nobody has, falling. */
  #free: number[] = [];
  #pageCount = 1;

  constructor(private readonly shape: PageShape) {
    this.#buffers = Array.from({ length: shape.tensors }, () => new Float32Array(this.#pageSize));
  }

  view(): PagesView {
    const size = this.#pageCount * this.#pageSize;
    return {
      pageCount: this.#pageCount,
      tensors: this.#buffers.map((buffer) => buffer.subarray(0, size)),
    };
  }

  /** Gives a table as many pages as it wants, new ones at its end. */
  grow(table: PageTable, pages: number): void {
    this.#tables.add(table);
    const taken = Array.from({ length: pages - table.pages.length }, () => this.#take());
    table.pages = [...table.pages, ...taken];
  }

  /** Takes the pages of some tables back. Other tables' pages may move. */
  release(tables: readonly PageTable[]): void {
    for (const table of tables) {
      this.#tables.delete(table);
      this.#free.push(...table.pages);
      table.pages = [];
    }
    const used = this.#pageCount - this.#free.length;
    if (used <= PACK_AT * this.#pageCount) this.#pack();
    this.#trim();
  }

  /** Copies whole pages of every tensor from `[pages, …]`, one after the other from `firstPage` on. */
  writePages(table: PageTable, source: readonly Float32Array[], firstPage: number): void {
    assertInvariant(source.length === this.shape.tensors, 'pages of another number of layers');
    this.#buffers.forEach((buffer, tensor) => {
      table.pages.forEach((page, index) => {
        const from = (firstPage + index) * this.#pageSize;
        buffer.set(
          source[tensor]?.subarray(from, from + this.#pageSize) ?? [],
          page * this.#pageSize,
        );
      });
    });
  }

  /**
   * Writes places of every tensor from its rows `[rows, heads · headSize]`: row r goes to place `places[r]` of the
   * table `tables[r]`. The pages are `[heads, PAGE_PLACES, headSize]`.
   */
  writeRows(rows: readonly Float32Array[], tables: readonly PageTable[], places: Int32Array): void {
    const { heads, headSize, tensors } = this.shape;
    const size = places.length * heads * headSize;
    assertInvariant(
      rows.length === tensors && rows.every(({ length }) => length === size),
      'rows of another shape',
    );
    const targets = places.map((place, row) => this.#offset(tables[row], place));
    // Two floats at a time: half of the time. A head is too short for `set` on a subarray to pay for its view.
    const floats = headSize % 2 === 0 ? 2 : 1;
    const headItems = headSize / floats;
    const stride = PAGE_PLACES * headItems;
    for (const [tensor, buffer] of this.#buffers.entries()) {
      const items = itemsOf(rows[tensor] ?? buffer, floats);
      const bufferItems = itemsOf(buffer, floats);
      let from = 0;
      for (const target of targets) {
        let to = target / floats;
        for (let head = 0; head < heads; head++, from += headItems, to += stride)
          for (let i = 0; i < headItems; i++) bufferItems[to + i] = items[from + i] ?? 0;
      }
    }
  }

  get #pageSize(): number {
    return this.shape.heads * PAGE_PLACES * this.shape.headSize;
  }

  #offset(table: PageTable | undefined, place: number): number {
    const page = table?.pages[Math.floor(place / PAGE_PLACES)];
    assertInvariant(page !== undefined, `place ${place} is outside the table's pages`);
    return page * this.#pageSize + (place % PAGE_PLACES) * this.shape.headSize;
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const page = this.#pageCount++;
    const size = this.#pageCount * this.#pageSize;
    this.#buffers = this.#buffers.map((buffer) => {
      if (size <= buffer.length) return buffer;
      const larger = new Float32Array(size * RESERVE_FACTOR);
      larger.set(buffer);
      return larger;
    });
    return page;
  }

  /** Moves the last pages into the gaps. */
  #pack(): void {
    const gaps = this.#free.sort((a, b) => b - a);
    const used = [...this.#tables].flatMap((table) => table.pages);
    const moves = new Map<number, number>();
    for (const page of used.sort((a, b) => b - a)) {
      const gap = gaps.at(-1);
      if (gap === undefined || gap > page) break;
      gaps.pop();
      gaps.unshift(page);
      moves.set(page, gap);
      for (const buffer of this.#buffers)
        buffer.copyWithin(gap * this.#pageSize, page * this.#pageSize, (page + 1) * this.#pageSize);
    }
    for (const table of this.#tables)
      table.pages = table.pages.map((page) => moves.get(page) ?? page);
  }

  /** Forgets free pages at the end. */
  #trim(): void {
    this.#free.sort((a, b) => b - a);
    while (this.#free[0] === this.#pageCount - 1) {
      this.#free.shift();
      this.#pageCount--;
    }
  }
}

/** The same memory, one float at a time or two. */
function itemsOf(values: Float32Array, floats: 1 | 2): Float32Array | Float64Array {
  if (floats === 1) return values;
  return new Float64Array(values.buffer, values.byteOffset, values.length / floats);
}
