import type { Manifest } from '#libs/prepared-model';
import {
  type M2M100Tokenizer,
  splitLongSegment,
  splitSentences,
  type TextPiece,
  wholeText,
} from '#libs/tokenization';

/** A piece of a text; the engine is asked where there are token ids, all else comes back as it is. */
export interface PlannedPiece extends TextPiece {
  readonly sourceTokenIds: Int32Array | undefined;
}

export interface LanguagePair {
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
}

/** The language tag before and the end token after the text. */
const TAG_TOKENS = 2;
const LETTER_OR_NUMBER = /[\p{L}\p{N}]/u;

/** Cuts texts into what one run of the model can translate, for one model. */
export class SegmentPlanner {
  readonly #maxSourceTokens: number;

  constructor(
    private readonly tokenizer: M2M100Tokenizer,
    private readonly manifest: Manifest,
  ) {
    const { generation, shape } = manifest;
    // A translation is about as long as its source: one that is longer than a target may be would only be
    // decoded to be thrown away.
    this.#maxSourceTokens = Math.min(shape.maxPositions, generation.maxLength);
  }

  /** The pieces of a text, one after the other: joined, they are the text. */
  *plan(text: string, pair: LanguagePair, isOneSentence = false): Generator<PlannedPiece> {
    const pieces = isOneSentence ? wholeText(text) : splitSentences(text, pair.sourceLanguage);
    for (const piece of pieces) yield* this.#fit(piece, pair);
  }

  *#fit(piece: TextPiece, pair: LanguagePair): Generator<PlannedPiece> {
    const planned = this.encode(piece, pair);
    if ((planned.sourceTokenIds?.length ?? 0) <= this.#maxSourceTokens) {
      yield planned;
      return;
    }
    const maxTokens = this.#maxSourceTokens - TAG_TOKENS;
    const countTokens = (part: string): number => this.tokenizer.pieces(part).length;
    for (const part of splitLongSegment(piece.text, maxTokens, countTokens))
      yield this.encode(part, pair);
  }

  /**
   * The piece with its token ids. There are none for blanks, for marks and emoji alone, which no translation
   * changes and few vocabularies hold, and for what the model's normaliser leaves nothing of.
   */
  encode(piece: TextPiece, pair: LanguagePair): PlannedPiece {
    if (piece.kind === 'space' || !LETTER_OR_NUMBER.test(piece.text))
      return { ...piece, sourceTokenIds: undefined };
    const ids = this.sourceTokenIds(piece.text, pair);
    return { ...piece, sourceTokenIds: ids.length > TAG_TOKENS ? ids : undefined };
  }

  /** A text as one segment, whatever it is: M2M100 has the source's tag before it, SMaLL-100 the target's. */
  sourceTokenIds(text: string, { sourceLanguage, targetLanguage }: LanguagePair): Int32Array {
    const tag = this.manifest.family === 'm2m100' ? sourceLanguage : targetLanguage;
    return this.tokenizer.encode(text, tag);
  }

  /** The first token of a translation; SMaLL-100 has the target language in the source instead. */
  forcedBosId({ targetLanguage }: LanguagePair): number | undefined {
    return this.manifest.family === 'm2m100'
      ? this.tokenizer.languageTokenId(targetLanguage)
      : undefined;
  }
}
