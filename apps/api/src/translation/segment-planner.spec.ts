import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { M2M100Tokenizer } from '#libs/tokenization';
import { DEMO_MANIFEST } from '../../../../test/support/scripted-service.js';
import { SegmentPlanner } from './segment-planner.js';

const DEMO_FOLDER = fileURLToPath(new URL('../../../../models/demo/', import.meta.url));
const PAIR = { sourceLanguage: 'en', targetLanguage: 'de' };

let tokenizer: M2M100Tokenizer;
beforeAll(async () => {
  tokenizer = await M2M100Tokenizer.load(DEMO_FOLDER);
});

describe('SegmentPlanner', () => {
  it('cuts any text into pieces that are the text, none too long for the model', () => {
    const manifest = {
      ...DEMO_MANIFEST,
      generation: { ...DEMO_MANIFEST.generation, maxLength: 16 },
    };
    const planner = new SegmentPlanner(tokenizer, manifest);
    const words = fc.constantFrom(
      'Tom ',
      'went, ',
      'home. ',
      'Dr. ',
      '日本語',
      '。',
      '\n',
      'x',
      '🎉',
    );
    const text = fc.oneof(
      fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 80 }),
    );
    fc.assert(
      fc.property(text, (whole) => {
        const pieces = [...planner.plan(whole, PAIR)];
        expect(pieces.map((piece) => piece.text).join('')).toBe(whole);
        for (const { sourceTokenIds } of pieces)
          expect(sourceTokenIds?.length ?? 0).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('asks the engine for nothing where there is no letter or number', () => {
    const planner = new SegmentPlanner(tokenizer, DEMO_MANIFEST);
    for (const text of ['', ' \n ', '…', '?!', '🎉🎉', '* * *', '\0'])
      for (const piece of planner.plan(text, PAIR)) expect(piece.sourceTokenIds).toBeUndefined();
  });

  it("puts the source's tag first and forces the target's, as M2M100 was trained", () => {
    const planner = new SegmentPlanner(tokenizer, DEMO_MANIFEST);
    const [piece] = planner.plan('Hello.', PAIR);
    expect(piece?.sourceTokenIds?.[0]).toBe(tokenizer.languageTokenId('en'));
    expect(planner.forcedBosId(PAIR)).toBe(tokenizer.languageTokenId('de'));
  });

  it("puts the target's tag into the source and forces nothing for SMaLL-100", () => {
    const planner = new SegmentPlanner(tokenizer, { ...DEMO_MANIFEST, family: 'small100' });
    const [piece] = planner.plan('Hello.', PAIR);
    expect(piece?.sourceTokenIds?.[0]).toBe(tokenizer.languageTokenId('de'));
    expect(planner.forcedBosId(PAIR)).toBeUndefined();
  });
});
