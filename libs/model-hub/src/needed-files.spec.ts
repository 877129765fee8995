import { describe, expect, it } from 'vitest';
import type { HubFile } from './hub-listing.js';
import { chooseFiles } from './needed-files.js';

const SMALL = ['config.json', 'sentencepiece.bpe.model', 'vocab.json'];
const EXTERNAL = [
  'encoder_model.onnx_data',
  'decoder_model.onnx.data',
  'decoder_model.onnx.data_1',
];

function listing(...paths: string[]): ReadonlyMap<string, HubFile> {
  const hash = { algorithm: 'git-sha1', hex: '0'.repeat(40) } as const;
  return new Map([...SMALL, ...paths].map((path) => [path, { path, bytes: 1, hash }]));
}

/** What is chosen beside the files that every model has. */
function chosen(...paths: string[]): { files: string[]; shardIndex: string | undefined } {
  const { files, shardIndex } = chooseFiles(listing(...paths), 'a/b@main');
  const names = files.map(({ path }) => path);
  expect(names.slice(0, 3)).toEqual(SMALL);
  return { files: names.slice(3), shardIndex: shardIndex?.path };
}

describe('the choice of files', () => {
  it('takes safetensors before all other weights', () => {
    expect(
      chosen('pytorch_model.bin', 'onnx/encoder_model.onnx', 'model.safetensors', 'tf_model.h5'),
    ).toEqual({ files: ['model.safetensors'], shardIndex: undefined });
  });

  it.each(['model.safetensors.index.json', 'pytorch_model.bin.index.json'])(
    'takes the shards of %s',
    (index) => {
      expect(chosen(index, 'encoder_model.onnx')).toEqual({ files: [index], shardIndex: index });
    },
  );

  it("takes PyTorch's own weights where there are no others", () => {
    expect(chosen('pytorch_model.bin', 'flax_model.msgpack').files).toEqual(['pytorch_model.bin']);
  });

  it.each(['', 'onnx/'])(
    'takes an export in "%s" with its external data, and one decoder',
    (folder) => {
      const graphs = ['encoder_model.onnx', 'decoder_model.onnx', 'decoder_model_merged.onnx'];
      const others = ['decoder_with_past_model.onnx', 'encoder_model_quantized.onnx'];
      const paths = [...graphs, ...EXTERNAL, ...others].map((name) => `${folder}${name}`);
      const wanted = ['encoder_model.onnx', 'encoder_model.onnx_data', 'decoder_model.onnx'];
      expect(chosen(...paths).files).toEqual(
        [...wanted, ...EXTERNAL.slice(1)].map((name) => `${folder}${name}`),
      );
      expect(
        chosen(`${folder}encoder_model.onnx`, `${folder}decoder_model_merged.onnx`).files,
      ).toEqual([`${folder}encoder_model.onnx`, `${folder}decoder_model_merged.onnx`]);
    },
  );

  it('takes an export in fp16 where there is no other', () => {
    const fp16 = ['onnx/encoder_model_fp16.onnx', 'onnx/decoder_model_merged_fp16.onnx'];
    expect(chosen(...fp16, 'onnx/decoder_model_merged_quantized.onnx').files).toEqual(fp16);
  });

  it('takes what explains the vocabulary and the generation along', () => {
    const optional = ['generation_config.json', 'special_tokens_map.json', 'added_tokens.json'];
    expect(chosen(...optional, 'README.md', 'model.safetensors').files).toEqual([
      ...optional,
      'model.safetensors',
    ]);
  });

  it('names what is missing', () => {
    expect(() => chooseFiles(new Map(), 'a/b@main')).toThrow(
      /^a\/b@main has no config\.json, no sentencepiece\.bpe\.model, no vocab\.json\. A model of the M2M100/,
    );
    expect(() => chooseFiles(listing('encoder_model.onnx', 'rust_model.ot'), 'a/b@main')).toThrow(
      /^a\/b@main has no weights that can be read: neither model\.safetensors nor pytorch_model\.bin/,
    );
  });
});
