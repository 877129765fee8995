import { readFileSync } from 'node:fs';
import * as tokenizers from '@huggingface/tokenizers';
import {
  parseSentencePieceModel,
  type SentencePiece,
} from '../../libs/tokenization/src/sentencepiece-model.js';

export interface HuggingFaceTokenizer {
  encode(text: string): { readonly ids: readonly number[] };
  tokenize(text: string): string[];
  /** The BPE model keeps the last 10,000 words that it has cut up. */
  readonly model: { clear_cache(): void };
}

// The package's types name their files without endings, which Node's rules for modules do not resolve.
const { Tokenizer } = tokenizers as unknown as {
  Tokenizer: new (tokenizer: object, config: object) => HuggingFaceTokenizer;
};

/**
 * A SentencePiece BPE model for Hugging Face's JavaScript tokenizers. They read `tokenizer.json` only, which
 * M2M100 does not have; this makes one as transformers does for its relatives.
 *
 * Source: transformers 4.57.6, `convert_slow_tokenizer.py`, `SpmConverter`.
 */
export function huggingFaceTokenizer(sentencePieceFile: string): HuggingFaceTokenizer {
  const bytes = readFileSync(sentencePieceFile);
  const { pieces, normalizer } = parseSentencePieceModel(bytes, sentencePieceFile);
  const charsmap = Buffer.from(normalizer.precompiledCharsmap).toString('base64');
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Precompiled', precompiled_charsmap: charsmap },
        { type: 'Strip', strip_left: true, strip_right: true },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
      merges: mergesOf(pieces),
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: null,
  };
  return new Tokenizer(tokenizer, {});
}

/** All pairs of pieces that make a piece, the best piece first. */
function mergesOf(pieces: readonly SentencePiece[]): [string, string][] {
  const idOf = new Map(pieces.map(({ text }, id) => [text, id]));
  const splitsOf = ({ text }: SentencePiece): [string, string][] => {
    const characters = Array.from(text);
    return characters
      .map((_, at): [string, string] => [
        characters.slice(0, at).join(''),
        characters.slice(at).join(''),
      ])
      .filter((pair) => pair.every((part) => idOf.has(part)))
      .sort(([a], [b]) => idOf.get(a)! - idOf.get(b)!);
  };
  return pieces.toSorted((a, b) => b.score - a.score).flatMap(splitsOf);
}
