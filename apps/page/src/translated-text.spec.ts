import { describe, expect, it } from 'vitest';
import { Fault } from './fault.js';
import type { LineView, TranslationView } from './live-translation.js';
import { detectedLanguage, isComplete, translatedText } from './translated-text.js';

function done(text: string, detected?: string): LineView {
  return { kind: 'done', line: { text, isTruncated: false, timing: undefined, detected } };
}

function viewOf(...lines: LineView[]): TranslationView {
  return { lines, obstacle: undefined, isWorking: false };
}

const waiting: LineView = { kind: 'waiting', previous: 'old' };
const failed: LineView = { kind: 'failed', fault: new Fault('late', 'Late', 'Too late.') };
const blank: LineView = { kind: 'blank', text: '  ' };

describe('translatedText', () => {
  it('has a line for every line, and nothing that is not translated', () => {
    expect(translatedText(viewOf(done('a'), blank, waiting, failed, done('b')))).toBe(
      'a\n  \n\n\nb',
    );
  });
});

describe('isComplete', () => {
  it('wants every line, and one at the least', () => {
    expect(isComplete(viewOf(done('a'), blank))).toBe(true);
    for (const view of [
      viewOf(),
      viewOf(blank),
      viewOf(done('a'), waiting),
      viewOf(done('a'), failed),
    ])
      expect(isComplete(view)).toBe(false);
  });
});

describe('detectedLanguage', () => {
  it('is that of most of the text, not of most lines', () => {
    const view = viewOf(done('a', 'fr'), done('b', 'fr'), done('a longer line', 'de'), waiting);
    expect(detectedLanguage(view)).toBe('de');
    expect(detectedLanguage(viewOf(done('a')))).toBeUndefined();
  });
});
