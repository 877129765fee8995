/** Where the rows of a run stand for attention: `[sentences, querySlots]` slots, of which as many are filled. */
export interface QuerySlots {
  readonly sentences: number;
  readonly querySlots: number;
  readonly heads: number;
  /** `[sentences, querySlots]` the row in each slot; an empty slot names row 0. */
  readonly slotRows: Int32Array;
  /** `[rows]` the slot of each row. */
  readonly rowSlots: Int32Array;
}

/** `[sentences, heads, querySlots]` the row in each slot, as `row · heads + head`. */
export function rowsOfHeadSlots({
  sentences,
  heads,
  querySlots,
  slotRows,
}: QuerySlots): Int32Array {
  return Int32Array.from({ length: sentences * heads * querySlots }, (_, index) => {
    const slot = index % querySlots;
    const head = Math.floor(index / querySlots) % heads;
    const sentence = Math.floor(index / (heads * querySlots));
    return (slotRows[sentence * querySlots + slot] ?? 0) * heads + head;
  });
}

/** `[rows, heads]` the slot of each row, in `[sentences, heads, querySlots]`. */
export function headSlotsOfRows({ heads, querySlots, rowSlots }: QuerySlots): Int32Array {
  return Int32Array.from({ length: rowSlots.length * heads }, (_, index) => {
    const slot = rowSlots[Math.floor(index / heads)] ?? 0;
    const sentence = Math.floor(slot / querySlots);
    return (sentence * heads + (index % heads)) * querySlots + (slot % querySlots);
  });
}
