import { afterEach, describe, expect, it } from 'vitest';
import { LANGUAGES } from '#libs/tokenization';
import {
  DEMO_MANIFEST,
  type ScriptedService,
  startScriptedService,
} from '../../../../test/support/scripted-service.js';

let service: ScriptedService | undefined;
afterEach(() => service?.close());

async function listOf(changes: Partial<typeof DEMO_MANIFEST>): Promise<unknown[]> {
  service = await startScriptedService({}, { ...DEMO_MANIFEST, ...changes });
  return (await (await fetch(`${service.url}/languages`)).json()) as unknown[];
}

describe('GET /languages', () => {
  it('lists what the demo model serves, each language among its own targets, without a rating', async () => {
    const targets = ['de', 'en', 'ja'];
    expect(await listOf({})).toEqual([
      { code: 'de', name: 'German', targets, nativeName: 'Deutsch', tier: 'unrated' },
      { code: 'en', name: 'English', targets, nativeName: 'English', tier: 'unrated' },
      { code: 'ja', name: 'Japanese', targets, nativeName: '日本語', tier: 'unrated' },
    ]);
  });

  it('rates the languages of a release as it was published', async () => {
    const languages = LANGUAGES.map(({ code }) => code).sort();
    const list = await listOf({ release: 'facebook/m2m100_418M', languages });
    expect(list).toHaveLength(100);
    expect(list).toContainEqual(expect.objectContaining({ code: 'am', tier: 'unusable' }));
    expect(list).toContainEqual(expect.objectContaining({ code: 'fr', tier: 'good' }));
    expect(list).toContainEqual(expect.objectContaining({ code: 'mg', tier: 'unrated' }));
  });

  it('rates no fork, whatever its languages are', async () => {
    const languages = LANGUAGES.map(({ code }) => code).sort();
    const list = (await listOf({ languages })) as { tier: string }[];
    expect(new Set(list.map(({ tier }) => tier))).toEqual(new Set(['unrated']));
  });
});
