import { describe, expect, it } from 'vitest';
import { alignSentence } from './sentence-alignment.js';

const SHARES = [Uint8Array.of(255)];

/** The parts of a sentence where the parts of what the model read stand. */
function placesOf(sentence: string, text: string, tokens: readonly string[]): string[] | undefined {
  let done = 0;
  const sources = tokens.map((token) => {
    const start = text.indexOf(token, done);
    done = start + token.length;
    return { start, end: done };
  });
  const readAt = (index: number): string =>
    sentence.charAt(index) === '\ufffc' ? 'Tom' : sentence.charAt(index);
  const alignment = { sources, targets: [], shares: SHARES };
  return alignSentence(sentence, { text, readAt }, alignment)?.sources.map(({ end, start }) =>
    sentence.slice(start, end),
  );
}

describe('alignSentence', () => {
  it.each([
    ['One  two\n three', 'One two three', ['One', 'two', 'thr', 'ee']],
    [' See \ufffc now ', 'See Tom now', ['See', 'Tom', 'n', 'ow']],
    ['\ufffc', 'Tom', ['T', 'om']],
  ])('%j', (sentence, text, tokens) => {
    const parts = placesOf(sentence, text, tokens);
    expect(parts?.map((part, index) => (part === '\ufffc' ? tokens[index] : part))).toEqual(tokens);
  });

  it('knows nothing where more than blanks differs', () => {
    expect(placesOf('One two', 'One twos', ['One'])).toBeUndefined();
  });
});
