import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatorError } from '#libs/domain';
import { openCheckpoint } from './checkpoint.js';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const TINY = join(REPOSITORY, 'test/fixtures/tiny-m2m100');
const FILES = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'sentencepiece.bpe.model',
  'vocab.json',
];

type Json = Record<string, unknown>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  for (const name of FILES) await symlink(join(TINY, name), join(folder, name));
});
afterEach(() => rm(folder, { recursive: true }));

async function replace(name: string, content: string | Buffer): Promise<void> {
  await rm(join(folder, name), { force: true });
  await writeFile(join(folder, name), content);
}

/** Changes fields of a JSON file; undefined removes one. */
async function edit(name: string, changes: Json): Promise<void> {
  const json = JSON.parse(await readFile(join(TINY, name), 'utf8')) as Json;
  await replace(name, JSON.stringify({ ...json, ...changes }));
}

/** Changes the header of the weights, whose data stays. */
async function editHeader(change: (header: Json) => Json): Promise<void> {
  const bytes = await readFile(join(TINY, 'model.safetensors'));
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = change(JSON.parse(bytes.subarray(8, end).toString()) as Json);
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await replace('model.safetensors', Buffer.concat([length, json, bytes.subarray(end)]));
}

async function read() {
  const { weights, ...facts } = await openCheckpoint(folder);
  await weights.close();
  return facts;
}

async function expectRefusal(message: RegExp): Promise<void> {
  await expect(read()).rejects.toThrow(OperatorError);
  await expect(read()).rejects.toThrow(message);
}

describe('openCheckpoint', () => {
  it('reads the sizes of the fixture', async () => {
    const facts = await read();
    expect(facts).toMatchObject({
      family: 'm2m100',
      embeddingName: 'model.shared.weight',
      embeddingScale: 8,
      shape: {
        modelDim: 64,
        heads: 4,
        headSize: 16,
        encoderLayers: 2,
        decoderLayers: 2,
        feedForwardDim: 128,
        vocabularySize: 1303,
        maxPositions: 256,
      },
      tokens: { bos: 0, pad: 1, eos: 2, unk: 3, decoderStart: 2 },
      generation: { beamSize: 5, maxLength: 48, earlyStopping: true, lengthPenalty: 1 },
    });
    expect(facts.fileNames).toEqual(FILES);
    expect(facts.languages).toHaveLength(100);
    expect(facts.languages).toEqual([...facts.languages].sort());
  });

  it('serves the languages that the demo model lists', async () => {
    const { languages, weights, shape } = await openCheckpoint(join(REPOSITORY, 'models/demo'));
    await weights.close();
    expect(languages).toEqual(['de', 'en', 'ja']);
    expect(shape).toMatchObject({ encoderLayers: 3, decoderLayers: 2, maxPositions: 1024 });
  });

  it('takes the embedding under any of its tied names', async () => {
    await editHeader(({ 'model.shared.weight': embedding, ...rest }) => ({
      ...rest,
      'lm_head.weight': embedding,
    }));
    expect((await read()).embeddingName).toBe('lm_head.weight');
  });

  it('takes absent fields as the class has them', async () => {
    const absent = ['scale_embedding', 'activation_function', 'architectures', 'd_model'];
    await edit('config.json', Object.fromEntries(absent.map((name) => [name, undefined])));
    expect((await read()).embeddingScale).toBe(8);
    await edit('config.json', { scale_embedding: false });
    expect((await read()).embeddingScale).toBe(1);
  });

  it.each([
    [{ model_type: 'bart' }, /model_type is "bart"; it must be "m2m_100"/],
    [{ architectures: ['M2M100Model'] }, /M2M100ForConditionalGeneration/],
    [{ activation_function: 'gelu' }, /activation_function is "gelu"; it must be "relu"/],
    [{ tie_word_embeddings: false }, /tie_word_embeddings is false; it must be true/],
    [{ quantization_config: {} }, /quantization_config is \{\}; .*float weights/],
    [{ d_model: 128 }, /d_model is 128; it must be 64, as in the weights/],
    [{ vocab_size: 1304 }, /vocab_size is 1304; it must be 1303, as in the weights/],
    [{ encoder_layers: 3 }, /encoder_layers is 3; it must be 2, as in the weights/],
    [{ decoder_layers: 1 }, /decoder_layers is 1; it must be 2/],
    [{ decoder_ffn_dim: 256 }, /decoder_ffn_dim is 256; it must be 128/],
    [{ encoder_attention_heads: 8 }, /decoder_attention_heads is 4; it must be 8, as in encoder_/],
    [
      { encoder_attention_heads: 5, decoder_attention_heads: 5 },
      /encoder_attention_heads is 5; it must be a divisor of d_model, 64/,
    ],
    [{ max_position_embeddings: 1e9 }, /max_position_embeddings is 1000000000/],
    [{ eos_token_id: 5 }, /eos_token_id is 5; it must be 2/],
    [{ decoder_start_token_id: 1303 }, /decoder_start_token_id is 1303/],
    [{ languages: [] }, /languages is \[\]/],
    [{ languages: ['en', 'tlh'] }, /tlh is not/],
    [{ languages: 'en' }, /languages is "en"; it must be a list/],
  ])('refuses the configuration %j', async (changes, message) => {
    await edit('config.json', changes);
    await expectRefusal(message);
  });

  it.each([
    [{ do_sample: true }, /do_sample is true; it must be false \(this search has no other\)/],
    [{ forced_eos_token_id: 2 }, /forced_eos_token_id is 2; it must be left out/],
    [{ bad_words_ids: [[5]] }, /bad_words_ids/],
    [{ num_beams: 0 }, /beamSize is 0/],
    [{ early_stopping: 'soon' }, /early_stopping is "soon"/],
    [{ length_penalty: null, repetition_penalty: 0.5 }, /repetitionPenalty is 0\.5/],
  ])('refuses the generation settings %j', async (changes, message) => {
    await edit('generation_config.json', changes);
    await expectRefusal(message);
  });

  it.each([
    [{ max_new_tokens: 20 }, { maxLength: 21 }],
    [{ max_length: 5000 }, { maxLength: 256 }],
    [{ min_length: 6 }, { minNewTokens: 5 }],
    [{ min_length: 3, min_new_tokens: 4 }, { minNewTokens: 4 }],
    [
      { length_penalty: 0.6, no_repeat_ngram_size: 3, forced_bos_token_id: 9, num_beams: null },
      { lengthPenalty: 0.6, noRepeatNgramSize: 3, beamSize: 1 },
    ],
  ])('reads the generation settings %j as transformers does', async (changes, options) => {
    await edit('generation_config.json', changes);
    expect((await read()).generation).toMatchObject(options);
  });

  it('reads old checkpoints, whose generation settings are in config.json', async () => {
    await rm(join(folder, 'generation_config.json'));
    await edit('config.json', { num_beams: 3 });
    const { generation, fileNames } = await read();
    expect(generation).toMatchObject({ beamSize: 3, maxLength: 200, earlyStopping: false });
    expect(fileNames).not.toContain('generation_config.json');
  });

  it('names the weight that is missing or of another shape', async () => {
    const name = 'model.decoder.layers.1.encoder_attn.k_proj.bias';
    await editHeader((header) => ({ ...header, [name]: undefined }));
    await expectRefusal(new RegExp(`${name} in .* are missing; \\[64\\] is expected`));
    await editHeader((header) => ({
      ...header,
      [name]: { ...(header[name] as Json), shape: [8, 8] },
    }));
    await expectRefusal(/have the shape \[8, 8\]; \[64\] is expected/);
  });

  it.each([
    ['M2M100', {}, { tokenizer_class: 'M2M100Tokenizer' }, 'm2m100'],
    ['a class that says nothing', {}, { tokenizer_class: 'TokenizersBackend' }, 'm2m100'],
    ["SMaLL-100's class", {}, { tokenizer_class: 'SMALL100Tokenizer' }, 'small100'],
    ["SMaLL-100's name", { _name_or_path: 'alirezamsh/small100' }, {}, 'small100'],
    [
      'a stated SMaLL-100',
      { family: 'small100' },
      { tokenizer_class: 'M2M100Tokenizer' },
      'small100',
    ],
    ['a stated M2M100', { family: 'm2m100', _name_or_path: 'x/small100-wide' }, {}, 'm2m100'],
  ])('knows the family by %s', async (_, config, tokenizerConfig, family) => {
    await edit('config.json', config);
    await replace('tokenizer_config.json', JSON.stringify(tokenizerConfig));
    const facts = await read();
    expect(facts.family).toBe(family);
    expect(facts.fileNames).toContain('tokenizer_config.json');
  });

  it.each([
    [
      { tokenizer_class: 'NllbTokenizer' },
      /tokenizer_class is "NllbTokenizer"; .* M2M100Tokenizer or/,
    ],
    [{ tokenizer_class: ['M2M100Tokenizer'] }, /tokenizer_class is \["M2M100Tokenizer"\]/],
    [{ tokenizer_class: 'constructor' }, /tokenizer_class is "constructor"/],
    [
      { language_codes: 'wmt21' },
      /language_codes is "wmt21"; .* other languages than the family's/,
    ],
    ['NLLB', /is "NLLB"; it must be a JSON object/],
  ])('refuses the tokenizer %j', async (tokenizerConfig, message) => {
    await replace('tokenizer_config.json', JSON.stringify(tokenizerConfig));
    await expectRefusal(message);
  });

  it('refuses a family that it does not know', async () => {
    await edit('config.json', { family: 'nllb' });
    await expectRefusal(/family is "nllb"; it must be "m2m100" or "small100"/);
  });

  it('names another network before it misses weights', async () => {
    await edit('config.json', { model_type: 'marian' });
    await rm(join(folder, 'model.safetensors'));
    await expectRefusal(/model_type is "marian"; it must be "m2m_100"/);
  });

  it('refuses the weights of another network', async () => {
    await editHeader(() => ({}));
    await expectRefusal(/are not those of M2M100/);
  });

  it('refuses a vocabulary that is too large for the weights', async () => {
    const vocabulary = JSON.parse(await readFile(join(TINY, 'vocab.json'), 'utf8')) as Json;
    for (let i = 0; i < 9; i++) vocabulary[`extra${i}`] = Object.keys(vocabulary).length;
    await replace('vocab.json', JSON.stringify(vocabulary));
    await expectRefusal(/has 1204 pieces; with 100 languages .* the 1303 rows/);
  });

  it.each(FILES.filter((name) => name !== 'generation_config.json'))(
    'says that %s is missing',
    async (name) => {
      await rm(join(folder, name));
      await expectRefusal(new RegExp(name.replace('.', '\\.')));
    },
  );
});
