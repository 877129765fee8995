import {
  findGenerationOptionsFault,
  type GenerationOptions,
  type Hypothesis,
  PAGE_PLACES,
} from '#libs/domain';
import { BeamSearch } from './beam-search.js';
import { expectedNodePages, pagesFor, roundUpPlaces } from './engine-policy.js';
import type { ModelFacts } from './model-port.js';

/** A sentence to translate. */
export interface SequenceRequest {
  readonly id: number;
  /** Language tag, pieces, end token. */
  readonly sourceTokenIds: Int32Array;
  /** The target's first token after the decoder start token: the language; undefined for models without. */
  readonly forcedBosId: number | undefined;
  readonly options: GenerationOptions;
  /** Whether hypotheses are to say what they attended to of the source. */
  readonly wantsAlignment?: boolean | undefined;
  /** Whether others wait outside of the engine, who come as soon as some leave it. */
  readonly moreFollow?: boolean | undefined;
}

/** A sentence that the search is through with. */
export interface FinishedSequence {
  readonly id: number;
  readonly hypotheses: readonly Hypothesis[];
}

/** Target tokens to a source token that nearly all sentences stay under. */
const EXPECTED_LENGTH_RATIO = 1.5;

/** A sentence in the engine. What it does with its nodes depends on its own past alone. */
export class Sequence {
  readonly search: BeamSearch;
  #nodePages = 1;

  constructor(
    readonly request: SequenceRequest,
    facts: ModelFacts,
  ) {
    const tokens = {
      decoderStart: facts.decoderStartTokenId,
      end: facts.endTokenId,
      forcedBos: request.forcedBosId,
    };
    this.search = new BeamSearch(request.options, tokens, this.wantsAlignment);
  }

  get id(): number {
    return this.request.id;
  }

  get sourceLength(): number {
    return this.request.sourceTokenIds.length;
  }

  /** Padded places for the source in the encoder. */
  get sourcePlaces(): number {
    return roundUpPlaces(this.sourceLength);
  }

  /** Pages of cross-attention keys and values. */
  get sourcePages(): number {
    return pagesFor(this.sourceLength);
  }

  /** Pages for the nodes of the next step. */
  get nodePages(): number {
    return this.#nodePages;
  }

  /** All pages that the sentence will need in the end, if the translation is as long as most. */
  get expectedPages(): number {
    const { beamSize, maxLength } = this.#options;
    const length = Math.min(maxLength, Math.ceil(EXPECTED_LENGTH_RATIO * this.sourceLength));
    return this.sourcePages + Math.max(this.#nodePages, expectedNodePages(length, beamSize));
  }

  get wantsAlignment(): boolean {
    return this.request.wantsAlignment === true;
  }

  get moreFollow(): boolean {
    return this.request.moreFollow === true;
  }

  get isGreedy(): boolean {
    return this.#options.beamSize === 1;
  }

  /** Rows of the sentence once its beams have spread. */
  get expectedRows(): number {
    return this.#options.beamSize;
  }

  get #options(): GenerationOptions {
    return this.request.options;
  }

  /** Makes room for the nodes of the next step. Where they do not fit, those go that no beam reaches. */
  makeRoom(): void {
    const { tree, beams } = this.search;
    if (tree.size + beams.length <= this.#nodePages * PAGE_PLACES) return;
    this.search.prune();
    this.#nodePages = Math.max(this.#nodePages, pagesFor(tree.size + beams.length));
  }
}

/** What is wrong with a request, in one sentence; undefined where the model can take it. */
export function findSequenceFault(request: SequenceRequest, facts: ModelFacts): string | undefined {
  const { sourceTokenIds, forcedBosId, options } = request;
  if (sourceTokenIds.length === 0 || sourceTokenIds.length > facts.maxPositions)
    return `The source has ${sourceTokenIds.length} tokens; the model takes 1 to ${facts.maxPositions}.`;
  const isToken = (id: number): boolean => id >= 0 && id < facts.vocabularySize;
  const stranger = sourceTokenIds.find((id) => !isToken(id));
  if (stranger !== undefined)
    return `The source has the token ${stranger}; the vocabulary ends at ${facts.vocabularySize - 1}.`;
  if (forcedBosId !== undefined && !isToken(forcedBosId))
    return `The forced first token is ${forcedBosId}; the vocabulary ends at ${facts.vocabularySize - 1}.`;
  if (options.maxLength > facts.maxPositions)
    return `maxLength is ${options.maxLength}; the model's limit is ${facts.maxPositions}.`;
  return findGenerationOptionsFault(options);
}
