import { describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { parseVocabulary } from './vocabulary.js';

const SPECIAL = '"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3';

describe('parseVocabulary', () => {
  it('reads ids by piece, whatever the pieces are called', () => {
    const vocabulary = parseVocabulary(
      `{${SPECIAL}, "__proto__": 5, "constructor": 4}`,
      'vocab.json',
    );
    expect(vocabulary.get('__proto__')).toBe(5);
    expect(vocabulary.get('constructor')).toBe(4);
    expect(vocabulary.get('toString')).toBeUndefined();
    expect(vocabulary.size).toBe(6);
  });

  it.each([
    ['text cut short', `{${SPECIAL}`, /not JSON; is it cut short/],
    ['a list', '[1, 2]', /not an object/],
    ['null', 'null', /not an object/],
    [
      'a negative id',
      `{${SPECIAL}, "a": -1}`,
      /the id of "a" is -1; ids are whole numbers from 0 to 4/,
    ],
    ['a fraction', `{${SPECIAL}, "a": 3.5}`, /the id of "a" is 3.5/],
    ['a string', `{${SPECIAL}, "a": "4"}`, /the id of "a" is "4"/],
    ['a hole', `{${SPECIAL}, "a": 5}`, /the id of "a" is 5; .* it has 5 entries/],
    ['a huge id', `{${SPECIAL}, "a": 1e300}`, /the id of "a" is 1e\+300/],
    ['an id twice', `{${SPECIAL}, "a": 3}`, /"<unk>" and "a" share the id 3/],
    [
      'special tokens elsewhere',
      '{"<s>": 0, "</s>": 1, "<pad>": 2, "<unk>": 3}',
      /the id of "<pad>" is 2; it must be 1/,
    ],
    ['no special tokens', '{"a": 0}', /the id of "<s>" is missing/],
  ])('refuses %s', (_name, json, reason) => {
    expect(() => parseVocabulary(json, 'some/vocab.json')).toThrow(OperatorError);
    expect(() => parseVocabulary(json, 'some/vocab.json')).toThrow(reason);
    expect(() => parseVocabulary(json, 'some/vocab.json')).toThrow(
      /^some\/vocab\.json is not a usable/,
    );
  });
});
