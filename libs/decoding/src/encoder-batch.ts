import { PAGE_PLACES } from '#libs/domain';
import { type EncoderBatch, MASKED } from './model-port.js';
import type { Sequence } from './sequence.js';

/** Packs the sources of some sentences for one run of the encoder. */
export function packSources(sequences: readonly Sequence[], heads: number): EncoderBatch {
  const sentences = sequences.length;
  const querySlots = Math.max(...sequences.map(({ sourcePlaces }) => sourcePlaces));
  const rows = sequences.reduce((sum, { sourceLength }) => sum + sourceLength, 0);
  const tokenIds = new Int32Array(rows);
  const positions = new Int32Array(rows);
  const rowSlots = new Int32Array(rows);
  const slotRows = new Int32Array(sentences * querySlots);
  const sourceMask = new Float32Array(sentences * querySlots).fill(MASKED);
  const pages = sequences.reduce((sum, { sourcePages }) => sum + sourcePages, 0);
  const pageRows = new Int32Array(pages * PAGE_PLACES);
  let row = 0;
  let firstPage = 0;
  sequences.forEach(({ request, sourcePages }, sentence) => {
    request.sourceTokenIds.forEach((tokenId, position) => {
      const slot = sentence * querySlots + position;
      tokenIds[row] = tokenId;
      positions[row] = position;
      rowSlots[row] = slot;
      slotRows[slot] = row;
      sourceMask[slot] = 0;
      pageRows[firstPage * PAGE_PLACES + position] = row;
      row++;
    });
    firstPage += sourcePages;
  });
  return {
    sentences,
    querySlots,
    heads,
    slotRows,
    rowSlots,
    tokenIds,
    positions,
    sourceMask,
    pageRows,
  };
}

/**
 * Cuts sentences into encoder batches of at most `maxPlaces` padded places each (one sentence at the
 * least), neighbours in length together, so that little of the attention goes to padding.
 */
export function planEncoderBatches(
  sequences: readonly Sequence[],
  maxPlaces: number,
): Sequence[][] {
  const batches: Sequence[][] = [];
  const byLength = [...sequences].sort((a, b) => a.sourceLength - b.sourceLength);
  for (const sequence of byLength) {
    const current = batches.at(-1);
    if (current !== undefined && (current.length + 1) * sequence.sourcePlaces <= maxPlaces)
      current.push(sequence);
    else batches.push([sequence]);
  }
  return batches;
}
