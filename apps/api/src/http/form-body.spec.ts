import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TranslationError } from '#libs/domain';
import { parseMultipart, parseUrlEncoded } from './form-body.js';

const pairs = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' })), {
  maxLength: 20,
});

/** The names that JavaScript objects have anyway are names like others. */
const HOSTILE = ['__proto__', 'constructor', 'toString'];

describe('parseUrlEncoded', () => {
  it('reads what the standard writes, names that come twice in their order', () => {
    fc.assert(
      fc.property(pairs, (written) => {
        const fields = parseUrlEncoded(Buffer.from(new URLSearchParams(written).toString()));
        for (const [name] of written) {
          const values = written.filter(([other]) => other === name).map(([, value]) => value);
          expect(fields.all(name)).toEqual(values);
        }
      }),
    );
  });

  it.each([
    ['&q=a&&b=&', { q: 'a', b: '' }],
    ['q=1+2%2B3', { q: '1 2+3' }],
    ['q=100%&b=%zz', { q: '100%', b: '%zz' }],
    ['q=%ff', { q: '\ufffd' }],
    ['q', { q: '' }],
    ['', {}],
  ])('reads %j', (text, expected) => {
    const fields = parseUrlEncoded(Buffer.from(text));
    expect(Object.fromEntries(fields.names.map((name) => [name, fields.first(name)]))).toEqual(
      expected,
    );
  });

  it('takes hostile names for names', () => {
    const fields = parseUrlEncoded(Buffer.from(HOSTILE.map((name) => `${name}=1`).join('&')));
    for (const name of HOSTILE) expect(fields.first(name)).toBe('1');
    expect(fields.first('valueOf')).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseUrlEncoded(Buffer.of(0x71, 0x3d, 0xff))).toThrow(TranslationError);
  });
});

describe('parseMultipart', () => {
  const contentType = 'multipart/form-data; boundary=x';

  it('reads fields of any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 50 }), async (text) => {
        const form = new FormData();
        form.append('q', text);
        form.append('q', 'second');
        const encoded = new Response(form);
        const body = Buffer.from(await encoded.arrayBuffer());
        const fields = await parseMultipart(body, encoded.headers.get('content-type') ?? '');
        expect(fields.all('q')).toEqual([text.replace(/\r\n?|\n/g, '\r\n'), 'second']);
      }),
    );
  });

  it('either reads a damaged form or refuses it, and always ends', async () => {
    const part = 'Content-Disposition: form-data; name="q"\r\n\r\nHello\r\n';
    const whole = Buffer.from(`--x\r\n${part}--x\r\n${part}--x--\r\n`);
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      byte: fc.nat(255),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, byte, cut }) => {
        const bytes = Buffer.from(whole.subarray(0, cut ? at : whole.length));
        if (!cut) bytes[at] = byte;
        const fault = await parseMultipart(bytes, contentType).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (fault !== undefined) expect(fault).toBeInstanceOf(TranslationError);
      }),
      { numRuns: 500 },
    );
  });
});
