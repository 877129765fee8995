import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson } from '../support/json-answer.js';
import { RunningService } from '../support/service.js';

const FILE = new URL('../fixtures/markup/inline-tags.txt', import.meta.url);
const TAGS = /<[^>]*>/g;

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(() => service.stop());

async function translate(sources: readonly string[]): Promise<string[]> {
  const asked = { q: sources, source: 'en', target: 'de', format: 'html' };
  const { body } = await postJson(`${service.url}/translate`, asked);
  return (body as { translatedText: string[] }).translatedText;
}

function tagsOf(text: string): string[] {
  return (text.match(TAGS) ?? []).sort();
}

describe('tags inside sentences', () => {
  it('stand at the words that they belong to in at least 85 % of sentences, and none is lost', async () => {
    const lines = (await readFile(FILE, 'utf8')).trim().split('\n');
    const pairs = lines.map((line) => line.split('|') as [string, string]);
    const translations = await translate(pairs.map(([source]) => source));
    // Where a processor rounds otherwise, a translation may be another: its tags have no right place then.
    const compared = pairs
      .map(([source, wanted], index) => ({ source, wanted, got: translations[index] ?? '' }))
      .filter(({ got, wanted }) => got.replace(TAGS, '') === wanted.replace(TAGS, ''));
    expect(compared.length).toBeGreaterThan(0.95 * pairs.length);
    for (const [index, [source]] of pairs.entries())
      expect(tagsOf(translations[index] ?? '')).toEqual(tagsOf(source));
    const exact = compared.filter(({ got, wanted }) => got === wanted);
    const found = `${exact.length} of ${compared.length} are exact`;
    expect(exact.length, found).toBeGreaterThanOrEqual(0.85 * compared.length);
  });
});
