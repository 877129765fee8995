import { afterEach, describe, expect, it } from 'vitest';
import { LANGUAGES } from '#libs/tokenization';
import {
  DEMO_MANIFEST,
  type ScriptedService,
  startScriptedService,
} from '../../../../test/support/scripted-service.js';

let service: ScriptedService | undefined;
afterEach(() => service?.close());

interface Row {
  readonly code: string;
  readonly targets: readonly string[];
  readonly tier: string;
  readonly aliasOf?: string;
}

async function listOf(
  changes: Partial<typeof DEMO_MANIFEST>,
  env: Record<string, string> = {},
): Promise<Row[]> {
  service = await startScriptedService(env, { ...DEMO_MANIFEST, ...changes });
  return (await (await fetch(`${service.url}/languages`)).json()) as Row[];
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
    expect(list.filter((row) => !('aliasOf' in row))).toHaveLength(100);
    expect(list).toContainEqual(expect.objectContaining({ code: 'am', tier: 'unusable' }));
    expect(list).toContainEqual(expect.objectContaining({ code: 'fr', tier: 'good' }));
    expect(list).toContainEqual(expect.objectContaining({ code: 'mg', tier: 'unrated' }));
  });

  it('lists other codes of a language for clients of LibreTranslate, as sources and as targets', async () => {
    const languages = ['en', 'he', 'no', 'pt', 'tl', 'zh'];
    const aliases = ['iw', 'nb', 'pt-BR', 'fil', 'zh-Hans', 'zh-Hant'];
    const list = await listOf({ languages });
    expect(list.map(({ code }) => code)).toEqual([...languages, ...aliases]);
    expect(list.map(({ aliasOf }) => aliasOf).slice(6)).toEqual([
      'he',
      'no',
      'pt',
      'tl',
      'zh',
      'zh',
    ]);
    for (const { targets } of list) expect(targets).toEqual([...languages, ...aliases]);
  });

  it('lists each language once where that dialect is off', async () => {
    const list = await listOf({ languages: ['no', 'zh'] }, { DIALECTS: 'none' });
    expect(list.map(({ code }) => code)).toEqual(['no', 'zh']);
  });

  it('rates no fork, whatever its languages are', async () => {
    const languages = LANGUAGES.map(({ code }) => code).sort();
    const list = await listOf({ languages });
    expect(new Set(list.map(({ tier }) => tier))).toEqual(new Set(['unrated']));
  });
});
