import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotTensors } from './slot-tensors.js';

const SHAPE = { tensors: 2, heads: 2, headSize: 3 };
const WIDTH = SHAPE.heads * SHAPE.headSize;

/** What a slot should hold: for each place the number that was written there. */
type Model = number[][];

/** Every element of a place is told apart by the number written and its own place in the row. */
function rowsOf(value: number): Float32Array {
  return Float32Array.from({ length: SHAPE.tensors * WIDTH }, (_, i) => value * 100 + i);
}

function expectHolds(tensors: SlotTensors, model: Model): void {
  const { tensors: buffers, length } = tensors.view(model.length);
  model.forEach((places, slot) => {
    places.forEach((value, place) => {
      const expected = rowsOf(value);
      for (let tensor = 0; tensor < SHAPE.tensors; tensor++)
        for (let head = 0; head < SHAPE.heads; head++)
          for (let i = 0; i < SHAPE.headSize; i++) {
            const at = ((slot * SHAPE.heads + head) * length + place) * SHAPE.headSize + i;
            expect(buffers[tensor]![at]).toBe(expected[tensor * WIDTH + head * SHAPE.headSize + i]);
          }
    });
  });
}

const operation = fc.record({
  kind: fc.constantFrom('join', 'write', 'write', 'write', 'leave', 'compact', 'grow', 'narrow'),
  slot: fc.nat(),
  choice: fc.nat(),
});

describe('SlotTensors', () => {
  it('keeps what was written through joins, moves, compactions and new lengths', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const tensors = new SlotTensors(SHAPE);
        const model: Model = [];
        let written = 0;
        const longest = (): number => Math.max(1, ...model.map((places) => places.length));
        for (const { kind, slot: rawSlot, choice } of operations) {
          const slot = model.length === 0 ? 0 : rawSlot % model.length;
          const places = model[slot];
          if (kind === 'join') {
            tensors.reshape(model.length + 1, Math.max(tensors.length, 1), model.length);
            model.push([]);
          } else if (places === undefined) continue;
          else if (kind === 'write') {
            if (places.length === tensors.length)
              tensors.reshape(model.length, tensors.length + 2, model.length);
            tensors.writeRows(rowsOf(++written), Int32Array.of(slot), Int32Array.of(places.length));
            places.push(written);
          } else if (kind === 'leave') {
            const last = model.pop()!;
            if (slot < model.length) {
              tensors.copySlot(model.length, slot, last.length);
              model[slot] = last;
            }
          } else if (kind === 'compact') {
            const kept = places
              .map((_, place) => place)
              .filter((place) => (choice >> place) % 2 === 0);
            tensors.compactSlot(slot, Int32Array.from(kept));
            model[slot] = kept.map((place) => places[place]!);
          } else if (kind === 'grow')
            tensors.reshape(model.length, tensors.length + (choice % 5), model.length);
          else tensors.reshape(model.length, longest(), model.length);
          expectHolds(tensors, model);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes a sentence from a larger encoder batch into its slot', () => {
    const tensors = new SlotTensors(SHAPE);
    tensors.reshape(1, 4, 0);
    const encoded = [0, 1].map((tensor) =>
      // [2 sentences, 2 heads, 3 places, 3]
      Float32Array.from({ length: 2 * 2 * 3 * 3 }, (_, i) => tensor * 1000 + i),
    );
    tensors.writeSlot(0, encoded, 1, 3, 2);
    const [keys] = tensors.view(1).tensors;
    expect(Array.from(keys!.subarray(0, 6))).toEqual([18, 19, 20, 21, 22, 23]);
    expect(Array.from(keys!.subarray(12, 18))).toEqual([27, 28, 29, 30, 31, 32]);
  });

  it('refuses to write outside a slot', () => {
    const tensors = new SlotTensors(SHAPE);
    tensors.reshape(1, 4, 0);
    expect(() => {
      tensors.writeRows(rowsOf(1), Int32Array.of(0), Int32Array.of(4));
    }).toThrow(/bug/);
  });
});
