import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NormalizerSpec } from './sentencepiece-model.js';
import { TextNormalizer } from './text-normalizer.js';
import { UserDefinedSymbols } from './user-defined-symbols.js';

function normalizerOf(
  spec: Partial<NormalizerSpec>,
  symbols: readonly string[] = [],
): TextNormalizer {
  const full = {
    precompiledCharsmap: new Uint8Array(),
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
    ...spec,
  };
  const pieces = symbols.map((text) => ({ text, score: 0, type: 'user-defined' as const }));
  return new TextNormalizer(full, new UserDefinedSymbols(pieces), 'some.model');
}

describe('TextNormalizer', () => {
  it.each([
    ['  a  b ', {}, '▁a▁b'],
    ['  a  b ', { addDummyPrefix: false }, 'a▁b'],
    ['  a  b ', { removeExtraWhitespaces: false }, '▁▁▁a▁▁b▁'],
    ['  a  b ', { escapeWhitespaces: false }, ' a b'],
    ['   ', {}, ''],
    ['   ', { removeExtraWhitespaces: false }, '▁▁▁▁'],
    ['', { removeExtraWhitespaces: false }, ''],
    ['a▁▁', {}, '▁a'],
  ])('makes of %j with %j: %j', (text, spec, normalized) => {
    expect(normalizerOf(spec).normalize(text)).toBe(normalized);
  });

  it('reads a lone surrogate as U+FFFD and leaves pairs alone', () => {
    expect(normalizerOf({}).normalize('a\ud800b\udc00\ud83d\ude00')).toBe('▁a\ufffdb\ufffd😀');
  });

  it('leaves user-defined symbols as they are, the longest first', () => {
    const normalizer = normalizerOf({}, ['a  b', 'a']);
    expect(normalizer.normalize('a  b  a  c')).toBe('▁a▁▁b▁a▁c');
    const keepsSpaces = normalizerOf({ removeExtraWhitespaces: false }, [' x']);
    expect(keepsSpaces.normalize('b  x')).toBe('▁b▁▁x');
  });

  it('leaves neither double nor outer spaces where they are removed', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(' ', 'a', 'b', '\u3000') }), (text) => {
        expect(normalizerOf({}).normalize(text)).not.toMatch(/▁▁|▁$/);
      }),
    );
  });
});
