import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadPreferences, savePreferences } from './preferences.js';

function stubStorage(content: Record<string, string>): void {
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => content[key] ?? null,
    setItem: (key: string, value: string) => {
      content[key] = value;
    },
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('preferences', () => {
  it('come back, those of earlier included', () => {
    stubStorage({});
    savePreferences({ theme: 'dark' });
    savePreferences({ from: 'en', to: 'de' });
    expect(loadPreferences()).toEqual({ theme: 'dark', from: 'en', to: 'de' });
  });

  it.each(['', '{', 'null', '[1]', '"x"', '{"theme":"pink","from":7}'])(
    'are none where %j is stored',
    (stored) => {
      stubStorage({ babelserve: stored });
      expect(loadPreferences()).toEqual({});
    },
  );

  it('do without storage that the browser forbids', () => {
    const forbid = (): never => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: forbid, setItem: forbid });
    savePreferences({ theme: 'dark' });
    expect(loadPreferences()).toEqual({});
  });
});
