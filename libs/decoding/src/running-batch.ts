import { assertInvariant } from '#libs/domain';
import { MIN_QUERY_SLOTS, shouldReshape } from './engine-policy.js';
import {
  type EncodedSources,
  MASKED,
  type ModelFacts,
  type StepBatch,
  type StepOutput,
} from './model-port.js';
import type { Sequence } from './sequence.js';
import { SlotTensors } from './slot-tensors.js';

/**
 * The sentences that decode together, one slot each, and their keys and values. They may be at different
 * steps and have different beam sizes. Sentences join and leave between steps; none of that changes what
 * another sentence sees.
 */
export class RunningBatch {
  readonly #sequences: Sequence[] = [];
  readonly #nodes: SlotTensors;
  readonly #sources: SlotTensors;

  constructor(private readonly facts: ModelFacts) {
    const shape = {
      tensors: 2 * facts.decoderLayers,
      heads: facts.heads,
      headSize: facts.headSize,
    };
    this.#nodes = new SlotTensors(shape);
    this.#sources = new SlotTensors(shape);
  }

  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  get rows(): number {
    return this.#sequences.reduce((sum, { search }) => sum + search.beams.length, 0);
  }

  /** Takes sentences in, with what the encoder made of them: `[sentences, heads, paddedLength, headSize]`. */
  join(sequences: readonly Sequence[], encoded: EncodedSources, paddedLength: number): void {
    const used = this.#sequences.length;
    this.#sequences.push(...sequences);
    const slots = this.#sequences.length;
    this.#sources.reshape(
      slots,
      this.#longest((sequence) => sequence.sourcePlaces),
      used,
    );
    this.#nodes.reshape(
      slots,
      this.#longest((sequence) => sequence.nodePlaces),
      used,
    );
    sequences.forEach((sequence, index) => {
      this.#sources.writeSlot(used + index, encoded, index, paddedLength, sequence.sourceLength);
    });
  }

  /** Lets go of every sentence that `shouldLeave` names. The last one moves into the gap. */
  release(shouldLeave: (sequence: Sequence) => boolean): Sequence[] {
    const released: Sequence[] = [];
    for (let slot = this.#sequences.length - 1; slot >= 0; slot--) {
      const sequence = this.#sequences[slot];
      if (sequence === undefined || !shouldLeave(sequence)) continue;
      released.push(sequence);
      const last = this.#sequences.pop();
      if (last === undefined || last === sequence) continue;
      const from = this.#sequences.length;
      this.#sequences[slot] = last;
      this.#nodes.copySlot(from, slot, last.search.tree.size);
      this.#sources.copySlot(from, slot, last.sourceLength);
    }
    return released.reverse();
  }

  /** Lays out the next step. */
  layOut(): StepBatch {
    this.#makeRoom();
    const sentences = this.#sequences.length;
    const rows = this.rows;
    const querySlots = Math.max(
      MIN_QUERY_SLOTS,
      ...this.#sequences.map(({ search }) => search.beams.length),
    );
    const tokenIds = new Int32Array(rows);
    const positions = new Int32Array(rows);
    const rowSlots = new Int32Array(rows);
    const slotRows = new Int32Array(sentences * querySlots);
    const places = this.#nodes.length;
    const tree = new Float32Array(sentences * querySlots * places).fill(MASKED);
    let row = 0;
    this.#sequences.forEach(({ search }, sentence) => {
      search.beams.forEach((beam, index) => {
        const slot = sentence * querySlots + index;
        tokenIds[row] = beam.tokenId;
        positions[row] = search.length - 1;
        rowSlots[row] = slot;
        slotRows[slot] = row;
        search.tree.forEachAncestor(beam.parent, (node) => (tree[slot * places + node] = 0));
        row++;
      });
    });
    return {
      sentences,
      querySlots,
      tokenIds,
      positions,
      slotRows,
      rowSlots,
      tree,
      sourceMask: this.#sourceMask(),
      nodes: this.#nodes.view(sentences),
      sources: this.#sources.view(sentences),
      candidateCount: this.#candidateCount(),
    };
  }

  /** Takes in a step's output: new nodes into the slots, new beams into the searches. */
  absorb(output: StepOutput): void {
    const rowCount = this.rows;
    assertInvariant(output.logNormalizers.length === rowCount, 'a step of another number of rows');
    const slots = new Int32Array(rowCount);
    const places = new Int32Array(rowCount);
    let row = 0;
    this.#sequences.forEach(({ search }, slot) => {
      const firstRow = row;
      const firstPlace = search.tree.size;
      for (; row < firstRow + search.beams.length; row++) {
        slots[row] = slot;
        places[row] = firstPlace + row - firstRow;
      }
      search.advance(output, firstRow);
    });
    this.#nodes.writeRows(output.newKeyValues, slots, places);
  }

  #makeRoom(): void {
    this.#sequences.forEach((sequence, slot) => {
      const kept = sequence.makeRoom();
      if (kept !== undefined) this.#nodes.compactSlot(slot, kept);
    });
    const wanted = this.#longest((sequence) => sequence.nodePlaces);
    if (shouldReshape(this.#nodes.length, wanted))
      this.#nodes.reshape(this.#sequences.length, wanted, this.#sequences.length);
  }

  #candidateCount(): number {
    const wanted = this.#sequences.map(({ search }) => search.candidateCount);
    return Math.min(this.facts.vocabularySize, Math.max(...wanted));
  }

  #sourceMask(): Int32Array {
    const { length } = this.#sources;
    const mask = new Int32Array(this.#sequences.length * length);
    this.#sequences.forEach(({ sourceLength }, slot) =>
      mask.fill(1, slot * length, slot * length + sourceLength),
    );
    return mask;
  }

  #longest(places: (sequence: Sequence) => number): number {
    return Math.max(...this.#sequences.map(places));
  }
}
