import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from './languages.js';
import { splitSentences } from './segmentation.js';

/** Sentences with a bar between, to be read at a glance; spaces of one kind or another are left out. */
function split(text: string, language: string): string {
  const pieces = splitSentences(text, language);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  return pieces
    .filter(({ kind }) => kind === 'text')
    .map((piece) => piece.text)
    .join(' | ');
}

describe('splitSentences', () => {
  it.each([
    [
      'en',
      'He left. She stayed! Why? Nobody knows.',
      'He left. | She stayed! | Why? | Nobody knows.',
    ],
    ['en', 'Dr. Smith met Mr. Jones. They ate.', 'Dr. Smith met Mr. Jones. | They ate.'],
    [
      'en',
      'Take fruit, e.g. apples, i.e. Food. Eat it.',
      'Take fruit, e.g. apples, i.e. Food. | Eat it.',
    ],
    [
      'en',
      'He calls the U.S. Ambassador. J. R. R. Tolkien wrote.',
      'He calls the U.S. Ambassador. | J. R. R. Tolkien wrote.',
    ],
    ['en', 'It was I. She left at 5 p.m. He came.', 'It was I. | She left at 5 p.m. | He came.'],
    [
      'en',
      'No. I disagree. No. 5 is alive, see p. 7. Good.',
      'No. | I disagree. | No. 5 is alive, see p. 7. | Good.',
    ],
    [
      'en',
      'It costs $3.50 or 1,000.5 a piece. It weighs 3.5 g. Fine.',
      'It costs $3.50 or 1,000.5 a piece. | It weighs 3.5 g. | Fine.',
    ],
    ['en', 'Founded in 2016. Still here.', 'Founded in 2016. | Still here.'],
    ['de', 'Das ist z. B. Holz, d. h. Natur. Ja.', 'Das ist z. B. Holz, d. h. Natur. | Ja.'],
    [
      'de',
      'Am 3. Oktober kam Ludwig XIV. König wurde er 1643. So.',
      'Am 3. Oktober kam Ludwig XIV. König wurde er 1643. | So.',
    ],
    [
      'de',
      'Vgl. Abb. 3 bzw. Nr. 5 von Prof. Dr. Weber. Ende.',
      'Vgl. Abb. 3 bzw. Nr. 5 von Prof. Dr. Weber. | Ende.',
    ],
    ['fr', 'M. Dupont et Mme. Martin sont là. Bien.', 'M. Dupont et Mme. Martin sont là. | Bien.'],
    ['es', 'El Sr. García llegó. ¿Qué tal? ¡Bien!', 'El Sr. García llegó. | ¿Qué tal? | ¡Bien!'],
    [
      'ru',
      'Он живёт на ул. Ленина, т. е. рядом. Да.',
      'Он живёт на ул. Ленина, т. е. рядом. | Да.',
    ],
  ])('keeps abbreviations in their sentence (%s: %s)', (language, text, expected) => {
    expect(split(text, language)).toBe(expected);
  });

  it.each([
    ['en', 'Wait... What?! No!!! Really?', 'Wait... | What?! | No!!! | Really?'],
    [
      'en',
      'Well… maybe. (He was late.) Then: "Go." She went.',
      'Well… maybe. | (He was late.) | Then: "Go." | She went.',
    ],
    [
      'en',
      '"Really?" he asked. “Stop!” she said. ‘Yes.’ Fine.',
      '"Really?" he asked. | “Stop!” she said. | ‘Yes.’ | Fine.',
    ],
    [
      'de',
      '„Wirklich?“ fragte er. »Ja!« rief sie. Er ging. »So.«',
      '„Wirklich?“ fragte er. | »Ja!« rief sie. | Er ging. | »So.«',
    ],
    [
      'fr',
      '« Vraiment ? » dit-il. « Oui. » Il partit.',
      '« Vraiment ? » dit-il. | « Oui. » | Il partit.',
    ],
    [
      'ja',
      '「はい。」と彼は言った。本当？！はい…。',
      '「はい。」と彼は言った。 | 本当？！ | はい…。',
    ],
    ['ja', '「ありがとう。」「どういたしまして。」', '「ありがとう。」 | 「どういたしまして。」'],
    ['zh', '你好。他说：“是的！”我走了。', '你好。 | 他说：“是的！” | 我走了。'],
    ['zh', '“走吧。”“好。”', '“走吧。” | “好。”'],
  ])('keeps marks with their sentence (%s: %s)', (language, text, expected) => {
    expect(split(text, language)).toBe(expected);
  });

  it.each([
    ['en', 'Great! 😀 Great! 👍🏽', 'Great! | 😀 Great! 👍🏽'],
    ['en', '1. Introduction\n2. Method', '1. Introduction | 2. Method'],
    ['en', '... and so on. - - -', '... and so on. - - -'],
    ['en', '.NET is good. Use .NET 8.', '.NET is good. | Use .NET 8.'],
    ['ar', 'مرحبا. كيف حالك؟ أنا بخير.', 'مرحبا. | كيف حالك؟ | أنا بخير.'],
    ['he', 'שלום. מה שלומך? טוב.', 'שלום. | מה שלומך? | טוב.'],
    ['hi', 'नमस्ते। आप कैसे हैं? ठीक।', 'नमस्ते। | आप कैसे हैं? | ठीक।'],
    ['el', 'Τι κάνεις; Καλά.', 'Τι κάνεις; | Καλά.'],
    ['am', 'ሰላም። እንዴት ነህ፧ ደህና።', 'ሰላም። | እንዴት ነህ፧ | ደህና።'],
  ])('leaves no sentence without letters (%s: %s)', (language, text, expected) => {
    expect(split(text, language)).toBe(expected);
  });

  it('splits at every line end, and gives it back as space with the blanks around', () => {
    expect(splitSentences('  a b\r\n\r\n c\u2028d.\n', 'en')).toEqual([
      { kind: 'space', text: '  ' },
      { kind: 'text', text: 'a b' },
      { kind: 'space', text: '\r\n\r\n ' },
      { kind: 'text', text: 'c' },
      { kind: 'space', text: '\u2028' },
      { kind: 'text', text: 'd.' },
      { kind: 'space', text: '\n' },
    ]);
  });

  it('finds nothing to translate in blanks', () => {
    expect(splitSentences('', 'en')).toEqual([]);
    const blank = ' \t\u3000\u200b\u200f\ufeff\n';
    expect(splitSentences(blank, 'en')).toEqual([{ kind: 'space', text: blank }]);
  });

  it('knows every language of the model', () => {
    for (const { code } of LANGUAGES)
      expect(split('Ena. Dva!', code)).toMatch(/^Ena\. (\| )?Dva!$/);
  });

  it('gives pieces that, joined, are the text, none of them blank at an end', () => {
    const unit = fc.oneof(
      fc.constantFrom(
        '.',
        '. ',
        '? ',
        '"',
        '“',
        '»',
        '「',
        '」',
        '。',
        '！',
        ' ',
        '\n',
        '\r\n',
        '…',
        'Dr',
        'A',
        '3',
        'と',
        'a',
        '(',
        ')',
        '😀',
        '\ud800',
        '\0',
      ),
      fc.string({ unit: 'binary', maxLength: 1 }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 60, size: 'max' }),
        fc.constantFrom('en', 'de', 'fr', 'ja', 'zh'),
        (text, language) => {
          const pieces = splitSentences(text, language);
          expect(pieces.map((piece) => piece.text).join('')).toBe(text);
          for (const { kind, text: part } of pieces) {
            expect(part).not.toBe('');
            if (kind === 'text') expect(part).toBe(part.trim());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    '.',
    ' ',
    '\n',
    '"',
    'a',
    'A. ',
    'Mr. ',
    '漢',
    '?" ',
    'A.(',
    '1. ',
    '»',
    '。」',
    '😀',
    ', ',
    '(',
    '「。',
  ])('takes 100,000 characters of repetitions of %j', (unit) => {
    const text = unit.repeat(100_000 / unit.length);
    const startMs = performance.now();
    const pieces = splitSentences(text, 'de');
    // Tens of milliseconds; looking back over the text at each boundary would take minutes.
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  });
});
