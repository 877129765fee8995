import { assertInvariant } from '#libs/domain';

/** What the model reads: tensors `[slots, heads, length, headSize]`. */
export interface SlotTensorsView {
  readonly slots: number;
  readonly heads: number;
  readonly length: number;
  readonly headSize: number;
  readonly tensors: readonly Float32Array[];
}

const RESERVE_FACTOR = 4;

/**
 * Keys and values of the sentences in the batch: a set of tensors `[slots, heads, length, headSize]`, one
 * slot a sentence, in buffers that are kept and reused. Onnxruntime reads them in place.
 *
 * Slots are dense: a sentence that leaves is replaced by the last one. Places past a sentence's own length
 * hold whatever was there before, finite always; the attention masks leave them out.
 */
export class SlotTensors {
  #buffers: Float32Array[];
  #length = 0;

  constructor(private readonly shape: { tensors: number; heads: number; headSize: number }) {
    this.#buffers = Array.from({ length: shape.tensors }, () => new Float32Array(0));
  }

  /** Places in each slot. */
  get length(): number {
    return this.#length;
  }

  view(slots: number): SlotTensorsView {
    const { heads, headSize } = this.shape;
    const size = slots * this.#slotSize(this.#length);
    return {
      slots,
      heads,
      headSize,
      length: this.#length,
      tensors: this.#buffers.map((buffer) => buffer.subarray(0, size)),
    };
  }

  /**
   * Makes room for `slots` sentences of `length` places. The first `usedSlots` keep their contents (cut to
   * the new length where that is shorter).
   */
  reshape(slots: number, length: number, usedSlots: number): void {
    const size = slots * this.#slotSize(length);
    const kept = Math.min(length, this.#length);
    this.#buffers = this.#buffers.map((buffer) => {
      const target = size <= buffer.length ? buffer : this.#allocate(size);
      this.#relayout(buffer, target, usedSlots, length, kept);
      return target;
    });
    this.#length = length;
  }

  /** Copies the first `count` places of each head of one slot to another. */
  copySlot(from: number, to: number, count: number): void {
    this.#assertInside(from, count);
    this.#assertInside(to, count);
    const { heads, headSize } = this.shape;
    const stride = this.#length * headSize;
    for (const buffer of this.#buffers) {
      for (let head = 0; head < heads; head++) {
        const source = (from * heads + head) * stride;
        buffer.copyWithin((to * heads + head) * stride, source, source + count * headSize);
      }
    }
  }

  /** Moves the places named in `kept` (rising) to the front of a slot, in their order. */
  compactSlot(slot: number, kept: Int32Array): void {
    this.#assertInside(slot, kept.length);
    const { heads, headSize } = this.shape;
    const stride = this.#length * headSize;
    for (const buffer of this.#buffers) {
      for (let head = 0; head < heads; head++) {
        const base = (slot * heads + head) * stride;
        for (let to = 0; to < kept.length; to++) {
          const from = kept[to] ?? 0;
          if (from !== to)
            buffer.copyWithin(
              base + to * headSize,
              base + from * headSize,
              base + (from + 1) * headSize,
            );
        }
      }
    }
  }

  /**
   * Writes places of every tensor from rows `[tensors, rows, heads · headSize]`: row r goes to place
   * `places[r]` of slot `slots[r]`.
   */
  writeRows(rows: Float32Array, slots: Int32Array, places: Int32Array): void {
    const { heads, headSize, tensors } = this.shape;
    const rowCount = slots.length;
    const width = heads * headSize;
    assertInvariant(rows.length === tensors * rowCount * width, 'rows of another shape');
    for (let row = 0; row < rowCount; row++)
      this.#assertInside(slots[row] ?? 0, (places[row] ?? 0) + 1);
    const stride = this.#length * headSize;
    let from = 0;
    for (const buffer of this.#buffers) {
      for (let row = 0; row < rowCount; row++) {
        let to = (slots[row] ?? 0) * heads * stride + (places[row] ?? 0) * headSize;
        // A head is too short for `set` on a subarray to pay for its view.
        for (let head = 0; head < heads; head++, from += headSize, to += stride)
          for (let i = 0; i < headSize; i++) buffer[to + i] = rows[from + i] ?? 0;
      }
    }
  }

  /** Copies one sentence's `[heads, sourceLength, headSize]` of every tensor into a slot. */
  writeSlot(
    slot: number,
    sources: readonly Float32Array[],
    sentence: number,
    sourceLength: number,
    count: number,
  ): void {
    this.#assertInside(slot, count);
    const { heads, headSize, tensors } = this.shape;
    assertInvariant(sources.length === tensors, 'sources of another number of layers');
    const stride = this.#length * headSize;
    this.#buffers.forEach((buffer, tensor) => {
      const source = sources[tensor];
      assertInvariant(source !== undefined, 'a tensor is missing');
      for (let head = 0; head < heads; head++) {
        const from = (sentence * heads + head) * sourceLength * headSize;
        buffer.set(source.subarray(from, from + count * headSize), (slot * heads + head) * stride);
      }
    });
  }

  #slotSize(length: number): number {
    return this.shape.heads * length * this.shape.headSize;
  }

  /**
   * Takes room for several times what is asked for, so that growth moves data in place. Memory that is never
   * touched costs nothing: the system maps pages as they are written.
   */
  #allocate(size: number): Float32Array {
    return new Float32Array(size * RESERVE_FACTOR);
  }

  /** Spreads or narrows the heads of each used slot from the old length to the new one. */
  #relayout(
    source: Float32Array,
    target: Float32Array,
    usedSlots: number,
    length: number,
    kept: number,
  ): void {
    const { heads, headSize } = this.shape;
    const oldStride = this.#length * headSize;
    const newStride = length * headSize;
    if (source === target && oldStride === newStride) return;
    const blocks = usedSlots * heads;
    const inPlace = source === target;
    for (let step = 0; step < blocks; step++) {
      // Growing in place goes from the last block to the first, so that nothing is overwritten unread.
      const block = inPlace && newStride > oldStride ? blocks - 1 - step : step;
      const from = block * oldStride;
      const moved = kept * headSize;
      if (inPlace) target.copyWithin(block * newStride, from, from + moved);
      else target.set(source.subarray(from, from + moved), block * newStride);
    }
  }

  #assertInside(slot: number, count: number): void {
    assertInvariant(
      count <= this.#length &&
        (slot + 1) * this.#slotSize(this.#length) <= (this.#buffers[0]?.length ?? 0),
      `slot ${slot} with ${count} of ${this.#length} places is outside the buffers`,
    );
  }
}
