import { describe, expect, it } from 'vitest';
import { distinctLines, splitLines } from './text-lines.js';

describe('splitLines', () => {
  it('keeps every line, blank ones and the last one too', () => {
    expect(splitLines('a\n\n b \n')).toEqual(['a', '', ' b ', '']);
    expect(splitLines('')).toEqual(['']);
  });
});

describe('distinctLines', () => {
  it('leaves out blank lines and repetitions, in order', () => {
    expect(distinctLines(['b', '', 'a', ' \t', 'b', '　', 'a '])).toEqual(['b', 'a', 'a ']);
  });
});
