import { describe, expect, it } from 'vitest';
import { LanguageDetector } from './language-detector.js';

describe('LanguageDetector', () => {
  it('finds the language, with the others behind it', () => {
    const detector = new LanguageDetector(['de', 'en', 'ja', 'no']);
    const texts = {
      de: 'Wo ist denn der Bahnhof?',
      en: 'Where is the train station?',
      ja: '駅はどこですか。',
      no: 'Hvor er jernbanestasjonen, og når går toget?',
    };
    for (const [language, text] of Object.entries(texts)) {
      const found = detector.detect(text);
      expect(found[0].language).toBe(language);
      const confidences = found.map(({ confidence }) => confidence);
      expect(confidences).toEqual([...confidences].sort((one, other) => other - one));
      expect(Math.max(...confidences)).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ['km', 'ស្ថានីយ៍រថភ្លើងនៅឯណា?'],
    ['my', 'ဘူတာရုံ ဘယ်မှာလဲ။'],
    ['si', 'දුම්රිය ස්ථානය කොහෙද?'],
  ])('knows %s by its script', (language, text) => {
    const [best] = new LanguageDetector(['en', 'km', 'my', 'si', 'th']).detect(text);
    expect(best).toEqual({ language, confidence: 1 });
    expect(new LanguageDetector(['en']).detect(text)[0]).toEqual({ language: 'en', confidence: 0 });
  });

  it('names a language that is served, whatever the text is', () => {
    const detector = new LanguageDetector(['de', 'ja']);
    for (const text of ['Où est la gare?', 'Где вокзал?', 'ที่ไหน', '', '42', '🎉'])
      expect(['de', 'ja']).toContain(detector.detect(text)[0].language);
  });

  it('says English with a confidence of 0 where nothing can be read, or the first that is served', () => {
    for (const text of ['', ' \n', '42', '🎉', '?!'])
      expect(new LanguageDetector(['de', 'en']).detect(text)).toEqual([
        { language: 'en', confidence: 0 },
      ]);
    expect(new LanguageDetector(['ja']).detect('')).toEqual([{ language: 'ja', confidence: 0 }]);
  });
});
