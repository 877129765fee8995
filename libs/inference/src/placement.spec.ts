import { describe, expect, it } from 'vitest';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { choosePlace, Place } from './placement.js';

type Engines = readonly [
  { readonly rows: number; readonly room: number },
  ...{ readonly rows: number; readonly room: number }[],
];

function chosen(...engines: Engines): number {
  return engines.indexOf(choosePlace(engines));
}

/** How many of `count` sentences that come at once each of `engines` engines gets. */
function split(count: number, beamSize: number, engines: number, room = 64): number[] {
  const places = Array.from({ length: engines }, () => new Place({ rows: 0, room }));
  const sentence = {
    sourceTokenIds: Int32Array.of(1, 2),
    forcedBosId: 1,
    options: { ...DEFAULT_GENERATION_OPTIONS, beamSize },
  };
  for (let id = 0; id < count; id++)
    choosePlace(places as [Place<Engines[0]>, ...Place<Engines[0]>[]]).add({ ...sentence, id });
  return places.map(({ share }) => share.length);
}

describe('the place of a sentence', () => {
  it('is the first engine while that has few rows, whatever the second has', () => {
    expect(chosen({ rows: 0, room: 64 }, { rows: 0, room: 64 })).toBe(0);
    expect(chosen({ rows: 15, room: 50 }, { rows: 0, room: 64 })).toBe(0);
    expect(chosen({ rows: 3, room: 50 }, { rows: 40, room: 40 })).toBe(0);
  });

  it('is the next engine when the first has enough', () => {
    expect(chosen({ rows: 16, room: 50 }, { rows: 0, room: 64 })).toBe(1);
  });

  it('is the engine with the fewest rows when all have enough', () => {
    expect(chosen({ rows: 60, room: 50 }, { rows: 40, room: 50 }, { rows: 41, room: 50 })).toBe(1);
  });

  it('is an engine with room, where one has', () => {
    expect(chosen({ rows: 0, room: 0 }, { rows: 90, room: 1 })).toBe(1);
    expect(chosen({ rows: 20, room: 0 }, { rows: 30, room: 0 })).toBe(0);
  });

  it.each([
    [1, 5, [1, 0]],
    [16, 1, [16, 0]],
    [8, 5, [4, 4]],
    [32, 5, [16, 16]],
    [64, 1, [32, 32]],
  ])('splits %i sentences of %i beams that come at once into %j', (count, beamSize, expected) => {
    expect(split(count, beamSize, 2)).toEqual(expected);
  });
});
