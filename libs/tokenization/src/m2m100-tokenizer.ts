import { join } from 'node:path';
import { assertInvariant, OperatorError, TranslationError } from '#libs/domain';
import { BytePairEncoder } from './byte-pair-encoder.js';
import { LANGUAGES } from './languages.js';
import { readModelFile } from './model-file.js';
import { parseSentencePieceModel, type SentencePieceModel } from './sentencepiece-model.js';
import type { TextRange } from './text-piece.js';
import { SPACE_SYMBOL, TextNormalizer } from './text-normalizer.js';
import { UserDefinedSymbols } from './user-defined-symbols.js';
import { parseVocabulary, SPECIAL_TOKENS, type Vocabulary } from './vocabulary.js';

/** Files of a model folder that a tokenizer is made from. */
export const SENTENCE_PIECE_FILE = 'sentencepiece.bpe.model';
export const VOCABULARY_FILE = 'vocab.json';

const EOS = SPECIAL_TOKENS['</s>'];
const UNK = SPECIAL_TOKENS['<unk>'];
const LANGUAGE_INDEX = new Map(LANGUAGES.map(({ code }, index) => [code, index]));

/**
 * Text to token ids and back, as Hugging Face's `M2M100Tokenizer` has it, with one difference: text is text.
 * `__de__` or `</s>` inside it never becomes a control token, whatever the model files say.
 *
 * Language tags follow the last id of the vocabulary in the order of `LANGUAGES`. Nothing is kept between
 * calls, so one instance serves all requests.
 *
 * Source: transformers 4.57.6, `models/m2m_100/tokenization_m2m_100.py`.
 */
export class M2M100Tokenizer {
  /** Entries of `vocab.json`, which is also the id of the first language tag. */
  readonly vocabularySize: number;
  readonly #normalizer: TextNormalizer;
  readonly #encoder: BytePairEncoder;
  /** Pieces that text may become; all others are `<unk>`. */
  readonly #idOfPiece = new Map<string, number>();
  /** By id; undefined where an id is not text. */
  readonly #pieceOfId: (string | undefined)[];

  private constructor(model: SentencePieceModel, modelFile: string, vocabulary: Vocabulary) {
    const symbols = new UserDefinedSymbols(model.pieces);
    this.#normalizer = new TextNormalizer(model.normalizer, symbols, modelFile);
    this.#encoder = new BytePairEncoder(model.pieces, symbols);
    this.vocabularySize = vocabulary.size;
    this.#pieceOfId = new Array<string | undefined>(vocabulary.size);
    const controls = new Set(model.pieces.filter((p) => p.type === 'control').map((p) => p.text));
    for (const [piece, id] of vocabulary) {
      if (id <= UNK || controls.has(piece) || isLanguageTag(piece)) continue;
      this.#idOfPiece.set(piece, id);
      this.#pieceOfId[id] = piece;
    }
  }

  /** `folder` holds `sentencepiece.bpe.model` and `vocab.json`; rejects with an OperatorError. */
  static async load(folder: string): Promise<M2M100Tokenizer> {
    const modelFile = join(folder, SENTENCE_PIECE_FILE);
    const vocabularyFile = join(folder, VOCABULARY_FILE);
    const model = parseSentencePieceModel(await readModelFile(modelFile), modelFile);
    const json = decodeUtf8(await readModelFile(vocabularyFile), vocabularyFile);
    return new M2M100Tokenizer(model, modelFile, parseVocabulary(json, vocabularyFile));
  }

  /** SentencePiece pieces of a text; empty where nothing of it remains after normalisation. */
  pieces(text: string): string[] {
    return this.#encoder.encode(this.#normalizer.normalize(text));
  }

  /**
   * The encoder's input: the tag, the pieces, the end token. M2M100 reads the source's tag there, SMaLL-100
   * the target's.
   */
  encode(text: string, tagLanguage: string): Int32Array {
    const pieces = this.pieces(text);
    const ids = new Int32Array(pieces.length + 2);
    ids[0] = this.languageTokenId(tagLanguage);
    pieces.forEach((piece, index) => {
      ids[index + 1] = this.#idOfPiece.get(piece) ?? UNK;
    });
    ids[ids.length - 1] = EOS;
    return ids;
  }

  /** The text of target ids; special tokens, `<unk>`, language tags and unused ids leave nothing behind. */
  decode(ids: Int32Array): string {
    return spaced(this.#piecesOf(ids)).trim();
  }

  /** Where the text of each id stands in what `decode` makes of them all; an id without text has an empty range. */
  decodedRanges(ids: Int32Array): TextRange[] {
    const pieces = this.#piecesOf(ids);
    const joined = spaced(pieces);
    const length = joined.trim().length;
    let at = joined.trimStart().length - joined.length;
    return pieces.map((piece) => {
      const isSpaced = piece.startsWith(SPACE_SYMBOL);
      const start = Math.min(length, Math.max(0, at + (isSpaced ? 1 : 0)));
      at += piece.length;
      return { start, end: Math.max(start, Math.min(length, at)) };
    });
  }

  /** `code` as in `LANGUAGES`; callers map other forms with `resolveLanguage` first. */
  languageTokenId(code: string): number {
    const index = LANGUAGE_INDEX.get(code);
    if (index === undefined) {
      throw new TranslationError(
        'unsupported-language',
        `${JSON.stringify(code.slice(0, 40))} is not a language code of M2M100; such are "en" and "de".`,
      );
    }
    return this.vocabularySize + index;
  }

  /** Empty where an id is not text. */
  #piecesOf(ids: Int32Array): string[] {
    return Array.from(ids, (id) => {
      assertInvariant(id >= 0, `the token id ${id} is negative`);
      return this.#pieceOfId[id] ?? '';
    });
  }
}

function spaced(pieces: readonly string[]): string {
  return pieces.join('').replaceAll(SPACE_SYMBOL, ' ');
}

function isLanguageTag(piece: string): boolean {
  return piece.startsWith('__') && piece.endsWith('__') && LANGUAGE_INDEX.has(piece.slice(2, -2));
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new OperatorError(`${file} is not UTF-8. Copy it again from the checkpoint.`, {
      cause: error,
    });
  }
}
