import type { GraphBuilder } from './graph-builder.js';

/**
 * Linear layers and norms work on packed rows `[R, …]`, attention on padded slots `[B, G, …]` (in the encoder
 * `[B, S, …]`). These two lead from one to the other; what an empty slot holds is never read back.
 */
export interface SlotMap {
  /** int64 `[B, G]`: the row in each slot. */
  readonly slotRow: string;
  /** int64 `[R]`: the slot b·G + g of each row. */
  readonly rowSlot: string;
}

/** `[R, …]` to `[B, G, …]`. */
export function toSlots(graph: GraphBuilder, map: SlotMap, rows: string): string {
  return graph.node('Gather', [rows, map.slotRow], { attributes: { axis: 0 } });
}

/** `[B, G, …]` to `[R, …]`; `axes` are those behind R. */
export function toRows(
  graph: GraphBuilder,
  map: SlotMap,
  slots: string,
  axes: readonly number[],
): string {
  const flat = graph.node('Reshape', [slots, graph.integers([-1, ...axes])]);
  return graph.node('Gather', [flat, map.rowSlot], { attributes: { axis: 0 } });
}
