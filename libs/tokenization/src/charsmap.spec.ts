import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { Charsmap } from './charsmap.js';
import { parseSentencePieceModel } from './sentencepiece-model.js';

const file = new URL('../../../models/demo/sentencepiece.bpe.model', import.meta.url);
const blob = parseSentencePieceModel(new Uint8Array(readFileSync(file)), 'demo').normalizer
  .precompiledCharsmap;
const charsmap = new Charsmap(blob, 'demo');

function replaced(character: string): string {
  return charsmap.longestMatch(character, 0)?.replacement ?? character;
}

/** A table: units as little-endian uint32, then the replacements. */
function tableOf(units: readonly number[], replacements: string): Uint8Array {
  const trie = Uint8Array.from(
    units.flatMap((unit) => [unit, unit >>> 8, unit >>> 16, unit >>> 24]),
  );
  const size = new Uint8Array(Uint32Array.of(trie.length).buffer);
  return Uint8Array.from([...size, ...trie, ...Buffer.from(replacements, 'latin1')]);
}

/** A double array with the one key "a": the root's children lie 0x100 away, so "a" is unit 0x161. */
function unitsOfKeyA(leaf: number): number[] {
  const units = new Array<number>(0x200).fill(0);
  units[0] = 0x100 << 10;
  units[0x161] = 0x61 | 0x100 | (1 << 10); // ends a key; its leaf is 1 away
  units[0x160] = leaf;
  return units;
}

describe('Charsmap of nmt_nfkc', () => {
  // Found by asking sentencepiece for every code point.
  it('deletes controls and turns separators and zero-width spaces into spaces', () => {
    const deleted = [0x01, 0x08, 0x0b, 0x0e, 0x1f, 0x7f, 0x8f, 0x9f];
    const spaces = [0x09, 0x0a, 0x0c, 0x0d, 0x1680, 0x200b, 0x200c, 0x200e, 0x200f, 0x2028, 0x2029];
    for (const code of deleted) expect(replaced(String.fromCodePoint(code))).toBe('');
    for (const code of [...spaces, 0x2581, 0xfeff, 0xfffd]) {
      expect(replaced(String.fromCodePoint(code))).toBe(' ');
    }
    expect(replaced('\0')).toBe('\0');
  });

  it('is not NFKC', () => {
    expect(replaced('\uff5e')).toBe('\uff5e');
    expect('\uff5e'.normalize('NFKC')).toBe('~');
    expect(replaced('\u0344')).toBe('\u0308\u0301');
  });

  it('matches the longest key and says where it ends', () => {
    expect(charsmap.longestMatch('xe\u0301\u0302', 1)).toEqual({ end: 3, replacement: 'é' });
    expect(charsmap.longestMatch('e\u0302\u0301', 0)).toEqual({ end: 3, replacement: 'ế' });
    expect(charsmap.longestMatch('\u{1d400}b', 0)).toEqual({ end: 2, replacement: 'A' });
    expect(charsmap.longestMatch('e', 0)).toBeUndefined();
    expect(charsmap.longestMatch('e', 1)).toBeUndefined();
  });
});

describe('Charsmap of a made table', () => {
  it.each([0x100 << 10, 0x200 | (1 << 10)])(
    'follows the double array from the root %i',
    (rootUnit) => {
      const units = unitsOfKeyA(0x80000002);
      units[0] = rootUnit;
      const one = new Charsmap(tableOf(units, 'x\0yz\0'), 'made');
      expect(one.longestMatch('ab', 0)).toEqual({ end: 1, replacement: 'yz' });
      expect(one.longestMatch('b', 0)).toBeUndefined();
    },
  );

  it('has no rules where it is empty', () => {
    expect(new Charsmap(new Uint8Array(), 'empty').longestMatch('ﬁ', 0)).toBeUndefined();
  });

  it('finds nothing where units point outside or at units that are no leaf', () => {
    const outside = unitsOfKeyA(0x80000000);
    outside[0] = 0x1fffff << 10;
    const noLeaf = unitsOfKeyA(0);
    for (const units of [outside, noLeaf]) {
      expect(new Charsmap(tableOf(units, 'x\0'), 'broken').longestMatch('aa', 0)).toBeUndefined();
    }
  });

  it('walks a cycle no further than a key may be long', () => {
    const cycle = unitsOfKeyA(0);
    cycle[0x161] = 0x61 | 0x100 | (0x61 << 10); // ends a key, and its child for "a" is itself
    cycle[0x100] = 0x80000000;
    expect(new Charsmap(tableOf(cycle, 'x\0'), 'cycle').longestMatch('a'.repeat(1e6), 0)).toEqual({
      end: 128,
      replacement: 'x',
    });
  });

  it.each([
    ['shorter than its head', Uint8Array.of(1, 0), /a trie of 0 bytes in 2 bytes/],
    ['a trie beyond the end', Uint8Array.of(255, 255, 255, 255, 0), /a trie of 4294967295 bytes/],
    ['half a unit', Uint8Array.of(2, 0, 0, 0, 0, 0, 0), /a trie of 2 bytes/],
    [
      'a rule beyond the replacements',
      tableOf(unitsOfKeyA(0x80000003), 'xy\0'),
      /points at byte 3 of 3/,
    ],
    ['an open end', tableOf(unitsOfKeyA(0x80000000), 'xy'), /last replacement has no end/],
    [
      'a huge replacement',
      tableOf(unitsOfKeyA(0x80000000), 'x'.repeat(300) + '\0'),
      /of 300 bytes/,
    ],
  ])('is refused with %s', (_name, bytes, reason) => {
    expect(() => new Charsmap(bytes, 'some.model')).toThrow(OperatorError);
    expect(() => new Charsmap(bytes, 'some.model')).toThrow(reason);
    expect(() => new Charsmap(bytes, 'some.model')).toThrow(/^some\.model /);
  });
});
