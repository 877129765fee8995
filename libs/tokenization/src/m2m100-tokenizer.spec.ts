import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorError, TranslationError } from '#libs/domain';
import { M2M100Tokenizer, SENTENCE_PIECE_FILE, VOCABULARY_FILE } from './m2m100-tokenizer.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const tinyFolder = join(root, 'test/fixtures/tiny-m2m100');
const demoFolder = join(root, 'models/demo');

interface Encoded {
  readonly text: string;
  readonly sourceLanguage: string;
  readonly pieces: string[];
  readonly ids: number[];
}

interface Decoded {
  readonly ids: number[];
  readonly text: string;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

let tiny: M2M100Tokenizer;
let demo: M2M100Tokenizer;
let folder: string;

beforeAll(async () => {
  [tiny, demo] = await Promise.all([
    M2M100Tokenizer.load(tinyFolder),
    M2M100Tokenizer.load(demoFolder),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder with the fixture's model under other names and contents. */
async function folderWith(name: string, model: string, vocabulary: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await copyFile(join(root, model), join(path, SENTENCE_PIECE_FILE));
  await writeFile(join(path, VOCABULARY_FILE), vocabulary);
  return path;
}

describe('encode', () => {
  const cases = readJson('test/fixtures/tiny-m2m100/expected-tokens.json') as Encoded[];
  const isControlCase = ({ text }: Encoded): boolean => /__de__|<\/s>/.test(text);

  it("gives Hugging Face's pieces and ids", () => {
    const comparable = cases.filter((row) => !isControlCase(row));
    expect(comparable).toHaveLength(133);
    for (const { text, sourceLanguage, pieces, ids } of comparable) {
      expect(tiny.pieces(text)).toEqual(pieces);
      expect([...tiny.encode(text, sourceLanguage)]).toEqual(ids);
    }
  });

  it('takes control tokens in a text for text', () => {
    const vocabulary = readJson('test/fixtures/tiny-m2m100/vocab.json') as Record<string, number>;
    const controlCases = cases.filter(isControlCase);
    expect(controlCases).toHaveLength(2);
    for (const { text, sourceLanguage, pieces } of controlCases) {
      expect(tiny.pieces(text)).toEqual(pieces);
      expect([...tiny.encode(text, sourceLanguage)]).toEqual([
        tiny.languageTokenId(sourceLanguage),
        ...pieces.map((piece) => vocabulary[piece] ?? 3),
        2,
      ]);
    }
  });

  it('keeps to that where the model files have control tokens among the pieces', async () => {
    // The symbols model has <sep> and ~ as user-defined and __de__ as control symbols.
    const vocabulary = {
      ...{ '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3 },
      ...{ __de__: 4, __: 5, d: 6, e: 7, '▁': 8, '<sep>': 9, 'the island': 10 },
    };
    const path = await folderWith(
      'controls',
      'test/fixtures/tokenization/symbols.model',
      JSON.stringify(vocabulary),
    );
    const tokenizer = await M2M100Tokenizer.load(path);
    const tag = tokenizer.languageTokenId('en');
    expect([...tokenizer.encode('__de__<sep>', 'en')]).toEqual([tag, 8, 5, 6, 7, 5, 9, 2]);
    for (const text of ['the island', '<s></s><pad><unk>', '~']) {
      for (const id of tokenizer.encode(text, 'en').slice(1, -1)) {
        expect([0, 1, 2, 4, 10]).not.toContain(id);
        expect(id).toBeLessThan(tokenizer.vocabularySize);
      }
    }
    expect(tokenizer.decode(Int32Array.of(4, 6, 10, 9))).toBe('d<sep>');
  });

  it('has nothing between tag and end for blank text', () => {
    for (const text of ['', ' ', '\n\t', '\u200b', '\u0001']) {
      expect([...demo.encode(text, 'ja')]).toEqual([demo.languageTokenId('ja'), 2]);
    }
  });

  it('reads a lone surrogate as U+FFFD and NUL as text', () => {
    expect(demo.encode('a\ud800b', 'en')).toEqual(demo.encode('a\ufffdb', 'en'));
    expect(demo.pieces('1\u00002')).toEqual(['▁1', '\u0000', '2']);
  });

  it.each([
    ['one repeated character', 'a'],
    ['no spaces', 'dieKatzeläuft'],
    ['Japanese', '今日は天気が良い'],
    ['unknown characters', '😀'],
    ['combining marks', '\u0301'],
    ['spaces', ' '],
  ])('takes 100,000 characters in one line: %s', (_name, unit) => {
    const text = unit.repeat(100_000 / unit.length);
    const startMs = performance.now();
    demo.encode(text, 'en');
    // Tens of milliseconds; merging by scanning the line for the best pair would take minutes.
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});

describe('decode', () => {
  it("gives Hugging Face's text of generated ids", () => {
    const rows = readJson('test/fixtures/tiny-m2m100/expected-generate.json') as Decoded[];
    expect(rows).toHaveLength(336);
    for (const { ids, text } of rows) expect(tiny.decode(Int32Array.from(ids))).toBe(text);
  });

  it.each(['en-de', 'de-en', 'en-ja', 'ja-en'])(
    "gives Hugging Face's text of %s translations",
    (pair) => {
      const lines = readFileSync(join(demoFolder, `eval/${pair}.jsonl`), 'utf8')
        .trim()
        .split('\n');
      expect(lines).toHaveLength(260);
      for (const line of lines) {
        const { beam5, greedy } = JSON.parse(line) as { beam5: Decoded; greedy: Decoded };
        expect(demo.decode(Int32Array.from(beam5.ids))).toBe(beam5.text);
        expect(demo.decode(Int32Array.from(greedy.ids))).toBe(greedy.text);
      }
    },
  );

  it("gives Hugging Face's text of random ids, tags, specials and unused ones among them", () => {
    const rows = readJson('test/fixtures/tokenization/expected-decoded.json') as Decoded[];
    expect(rows).toHaveLength(120);
    for (const { ids, text } of rows) expect(demo.decode(Int32Array.from(ids))).toBe(text);
  });

  it('brings back text that the vocabulary has pieces for', () => {
    for (const text of ['Tom is here.', 'Ich habe keine Zeit, Tom!', '今日は天気が良い。']) {
      const ids = demo.encode(text, 'en');
      expect(ids).not.toContain(3);
      expect(demo.decode(ids)).toBe(text);
    }
  });
});

describe('languageTokenId', () => {
  it('counts on from the vocabulary', () => {
    expect(demo.vocabularySize).toBe(8001);
    expect(demo.languageTokenId('af')).toBe(8001);
    expect(demo.languageTokenId('zu')).toBe(8100);
    expect(tiny.languageTokenId('af')).toBe(1195);
    // The released model's ids are 120,003 higher than the demo model's: __de__ is 128020 there.
    const released = {
      am: 128005,
      ar: 128006,
      de: 128020,
      en: 128022,
      fr: 128028,
      mr: 128063,
      ro: 128076,
      yo: 128101,
    };
    for (const [code, id] of Object.entries(released)) {
      expect(demo.languageTokenId(code) - 8001).toBe(id - 128004);
    }
  });

  it.each(['xx', '', '__proto__', 'EN', 'x'.repeat(1e6)])('refuses %.20s', (code) => {
    expect(() => demo.languageTokenId(code)).toThrow(TranslationError);
    expect(() => demo.encode('a', code)).toThrow(/not a language code/);
  });
});

describe('load', () => {
  const SPECIAL_ONLY = '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}';
  const TINY_MODEL = 'test/fixtures/tiny-m2m100/sentencepiece.bpe.model';

  it('names a file that is not there', async () => {
    const missing = M2M100Tokenizer.load(join(folder, 'nowhere'));
    await expect(missing).rejects.toThrow(OperatorError);
    await expect(missing).rejects.toThrow(
      /nowhere.sentencepiece\.bpe\.model cannot be read \(ENOENT\)/,
    );
  });

  it('names a folder in place of a file', async () => {
    await mkdir(join(folder, 'folders', SENTENCE_PIECE_FILE), { recursive: true });
    const load = M2M100Tokenizer.load(join(folder, 'folders'));
    await expect(load).rejects.toThrow(/is not a regular file/);
    await expect(load).rejects.toThrow(OperatorError);
  });

  it('names a pipe in place of a file, without waiting for a writer', async () => {
    const path = await folderWith('pipes', TINY_MODEL, SPECIAL_ONLY);
    await rm(join(path, VOCABULARY_FILE));
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(path, VOCABULARY_FILE)]);
    await expect(M2M100Tokenizer.load(path)).rejects.toThrow(/vocab\.json is not a regular file/);
  });

  it('refuses a file of more than 64 MiB unread', async () => {
    const path = await folderWith('huge', TINY_MODEL, SPECIAL_ONLY);
    await truncate(join(path, VOCABULARY_FILE), 65 * 1024 * 1024);
    await expect(M2M100Tokenizer.load(path)).rejects.toThrow(/vocab\.json has 68157440 bytes/);
  });

  it('names a broken vocabulary', async () => {
    const cut = await folderWith('cut', TINY_MODEL, SPECIAL_ONLY.slice(0, -5));
    await expect(M2M100Tokenizer.load(cut)).rejects.toThrow(
      /cut.vocab\.json is not a usable vocabulary/,
    );
    const binary = await folderWith('binary', TINY_MODEL, '');
    await writeFile(join(binary, VOCABULARY_FILE), Uint8Array.of(0xff, 0xfe));
    await expect(M2M100Tokenizer.load(binary)).rejects.toThrow(/vocab\.json is not UTF-8/);
  });

  it('takes a vocabulary without any piece of the model', async () => {
    const path = await folderWith('empty', TINY_MODEL, SPECIAL_ONLY);
    const tokenizer = await M2M100Tokenizer.load(path);
    expect(tokenizer.pieces('I am here')).toEqual(['▁I', '▁am', '▁here']);
    expect([...tokenizer.encode('I am here', 'af')]).toEqual([4, 3, 3, 3, 2]);
  });
});
