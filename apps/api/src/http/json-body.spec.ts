import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TranslationError } from '#libs/domain';
import { ExactNumber } from './exact-number.js';
import { parseJsonBody } from './json-body.js';
import { surveyJson } from './json-survey.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));

function codeAndMessageOf(body: Buffer | string): [string, string] {
  try {
    parseJsonBody(Buffer.from(body));
  } catch (error) {
    if (error instanceof TranslationError) return [error.code, error.message];
    throw error;
  }
  return ['none', ''];
}

function hasProtoField(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoField);
}

describe('parseJsonBody', () => {
  it('reads what JSON.parse reads, but for bodies with a field __proto__', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        if (hasProtoField(value)) expect(codeAndMessageOf(text)[0]).toBe('malformed-json');
        else expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['', 'missing-body'],
    ['{', 'malformed-json'],
    ['{"a":1,}', 'malformed-json'],
    ["{'a':1}", 'malformed-json'],
    ['NaN', 'malformed-json'],
    ['{"a":1} x', 'malformed-json'],
    ['{"__proto__":{}}', 'malformed-json'],
    ['{"a":[{"\\u005f_proto__":1}]}', 'malformed-json'],
    [Buffer.from([0x22, 0xff, 0x22]), 'malformed-json'],
    // A surrogate as three bytes of its own (CESU-8): not UTF-8.
    [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'malformed-json'],
  ])('refuses %j with %s', (body, code) => {
    expect(codeAndMessageOf(body)[0]).toBe(code);
  });

  it('never repeats the body in its message', () => {
    for (const body of ['{"text":"secret" "secret"}', '{"text": secret}', '{"text":"secret'])
      expect(codeAndMessageOf(body)[1]).not.toContain('secret');
  });

  it('says where the text stops being JSON', () => {
    expect(codeAndMessageOf('{"a":1 "b":2}')[1]).toContain('see character 7');
  });

  it('takes the word __proto__ in a text, and a byte order mark', () => {
    expect(parse('\uFEFF{"text":"__proto__"}')).toEqual({ text: '__proto__' });
  });

  it('measures the nesting before it parses', () => {
    // The text ends too early as well: a parser that had seen it first would say so.
    const [code, message] = codeAndMessageOf('['.repeat(1_000_000));
    expect(code).toBe('malformed-json');
    expect(message).toContain('nested deeper than 16');
    expect(codeAndMessageOf('['.repeat(16))[1]).toContain('ends too early');
  });

  it('keeps the numbers under id as they are written', () => {
    const text =
      '{"id":1.0,"list":[{"id":12345678901234567890},{"id":-0,"n":1.50},{"id":7},{"id":1e2},' +
      '{"id":"12345678901234567890","text":"\\"id\\":9.0"},{"id":[1.0]},{"id":0.1}]}';
    expect(parse(text)).toEqual({
      id: new ExactNumber('1.0'),
      list: [
        { id: new ExactNumber('12345678901234567890') },
        { id: new ExactNumber('-0'), n: 1.5 },
        { id: 7 },
        { id: new ExactNumber('1e2') },
        { id: '12345678901234567890', text: '"id":9.0' },
        { id: [1] },
        { id: 0.1 },
      ],
    });
  });

  it('leaves a number that no double can hold to the validator', () => {
    expect(parse('{"id":1e400}')).toEqual({ id: Infinity });
  });

  it('takes the last of equal keys, as JSON.parse does', () => {
    expect(parse('{"id":1.0,"id":2,"id":3.0}')).toEqual({ id: new ExactNumber('3.0') });
    expect(parse('{"id":2.0,"id":1}')).toEqual({ id: 1 });
    expect(parse('{"a":{"id":5.0},"a":{"id":6}}')).toEqual({ a: { id: 6 } });
  });

  it('is the same as JSON.parse with every exact number read as a double', () => {
    const record = fc.record({
      id: fc.oneof(fc.double({ noNaN: true }), fc.bigInt()),
      text: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const text = `[${records.map(({ id, text }) => `{"id":${id},"text":${JSON.stringify(text)}}`).join(',')}]`;
        fc.pre(!text.includes('Infinity'));
        const read = parse(text) as { id: number | ExactNumber }[];
        const literals = read.map(({ id }) => (id instanceof ExactNumber ? id.literal : `${id}`));
        // The text, not the value, is what was sent: −0 is written as 0 here.
        expect(literals.map(Number)).toEqual(records.map(({ id }) => Number(`${id}`)));
        expect(literals.filter((literal) => /^-?\d{16,}$/.test(literal))).toEqual(
          records.map(({ id }) => `${id}`).filter((literal) => /^-?\d{16,}$/.test(literal)),
        );
      }),
    );
  });
});

describe('surveyJson', () => {
  it('counts brackets outside of strings only', () => {
    expect(surveyJson(Buffer.from('{"[[[\\"[":[[{}],"\\\\"]}')).depth).toBe(4);
  });

  it('does not run past the end of what is cut off', () => {
    expect(surveyJson(Buffer.from('{"a\\')).depth).toBe(1);
  });
});
