import { Injectable } from '@nestjs/common';
import { BatchingService, type SegmentTranslation, type SegmentWork } from '#libs/batching';
import { AppConfig } from '#libs/config';
import { assertInvariant, type GenerationOptions, type Hypothesis } from '#libs/domain';
import type { OtherText } from '#libs/text-layout';
import { type Alignment, alignTokens, halveSegment, joinPieces } from '#libs/tokenization';
import type { RequestBounds } from '../http/request-bounds.js';
import type { TranslationFacts } from '../http/request-trace.js';
import { ServedModel } from '../served-model.js';
import { joinRanks } from './join-ranks.js';
import { type PlannedPiece, SegmentPlanner } from './segment-planner.js';
import {
  NO_SEGMENT_TIME,
  type SegmentTimes,
  slowerTimes,
  StageClock,
  sumTimes,
} from './stage-clock.js';
import type { RecordId } from './translation.dto.js';
import type { TextToTranslate, TranslationRequest } from './translation-request.js';
import { Turn } from './turn.js';

export interface TranslatedRecord {
  readonly id: RecordId;
  readonly text: string;
  /** Other translations, best first, all different; as many as were asked for, or fewer. */
  readonly alternatives: readonly string[];
  /** Whether the model ran into its longest target with a segment that cannot be split. */
  readonly truncated: boolean;
  /** Whether these are translations of the text's `otherwise`. */
  readonly isOtherwise: boolean;
  /** By translation, where that was wanted: how it belongs to the text. */
  readonly alignments: Alignments;
}

export type Alignments = ReadonlyMap<string, Alignment>;

export interface TranslationBounds extends RequestBounds {
  /** Takes the times of the request, for whoever wants to know of one that was refused, too. */
  readonly clock?: StageClock;
}

export interface RunningTranslation {
  /** In the order of the request. Each may reject with a `TranslationError`: whoever asked handles each. */
  readonly records: readonly Promise<TranslatedRecord>[];
  /** Complete when the records are. */
  readonly facts: TranslationFacts;
}

interface TranslatedPiece {
  /** Best first, at least one. */
  readonly texts: readonly string[];
  /** Of those texts that are one segment. */
  readonly alignments: Alignments;
  readonly truncated: boolean;
  readonly targetTokens: number;
  readonly times: SegmentTimes;
}

/** What all segments of a text have in common. */
interface TextContext {
  readonly text: TextToTranslate;
  readonly options: GenerationOptions;
  /** How many translations are wanted beside the best one. */
  readonly alternatives: number;
  readonly bounds: TranslationBounds;
  readonly clock: StageClock;
  readonly tokens: { source: number; target: number | undefined };
  readonly batches: Set<object>;
}

const NO_ALIGNMENTS: Alignments = new Map();

/** The use case: split, tokenise, submit, detokenise, join. */
@Injectable()
export class TranslationService {
  readonly #planner: SegmentPlanner;

  constructor(
    private readonly model: ServedModel,
    private readonly batching: BatchingService,
    private readonly config: AppConfig,
  ) {
    this.#planner = new SegmentPlanner(model.tokenizer, model.manifest);
  }

  /**
   * Hands a request's segments to the engines, all or none. Rejects with a `TranslationError` where none were
   * taken.
   */
  async start(request: TranslationRequest, bounds: TranslationBounds): Promise<RunningTranslation> {
    const clock = bounds.clock ?? new StageClock();
    const batches = new Set<object>();
    const { alternatives } = request;
    const contexts = request.texts.map((text): TextContext => {
      const options = this.#generationOptions(request, text);
      const tokens = { source: 0, target: undefined };
      return { text, options, alternatives, bounds, clock, batches, tokens };
    });
    const plans = await this.#planAll(contexts);
    const works = contexts.flatMap((context, index) => this.#worksOf(plans[index] ?? [], context));
    const submitted = clock.submitting(() => this.batching.submit(works, bounds));
    const results = submitted[Symbol.iterator]();
    const records = contexts.map((context, index) =>
      this.#finishText(plans[index] ?? [], context, results),
    );
    void Promise.allSettled(records).then((all) => {
      if (all.every(({ status }) => status === 'fulfilled')) clock.finish();
    });
    return {
      records,
      facts: {
        segments: works.length,
        records: contexts.map(({ tokens }) => tokens),
        batches,
        get stageTimes() {
          return clock.times;
        },
      },
    };
  }

  /**
   * A search finds no more hypotheses than it has beams. All of them are wanted where not every translation
   * is accepted.
   */
  #generationOptions(
    { alternatives, beamSize }: TranslationRequest,
    { otherwise }: TextToTranslate,
  ): GenerationOptions {
    const { generation } = this.model.manifest;
    const wanted = 1 + alternatives;
    const beams = Math.max(wanted, beamSize ?? this.config.beamSize ?? generation.beamSize);
    const numHypotheses = otherwise === undefined ? wanted : beams;
    return { ...generation, beamSize: beams, numHypotheses };
  }

  async #planAll(contexts: readonly TextContext[]): Promise<PlannedPiece[][]> {
    const plans: PlannedPiece[][] = [];
    const turn = new Turn();
    for (const { text, clock, tokens } of contexts) {
      const pieces = this.#planner.plan(text.text, text, text.isOneSentence);
      const plan: PlannedPiece[] = [];
      plans.push(plan);
      for (;;) {
        const next = clock.tokenizing(() => pieces.next());
        if (next.done === true) break;
        plan.push(next.value);
        tokens.source += next.value.sourceTokenIds?.length ?? 0;
        if (turn.isOver) await turn.passOn();
      }
    }
    return plans;
  }

  #worksOf(pieces: readonly PlannedPiece[], { text, options }: TextContext): SegmentWork[] {
    const forcedBosId = this.#planner.forcedBosId(text);
    return pieces.flatMap(({ sourceTokenIds }) =>
      sourceTokenIds === undefined
        ? []
        : [{ sourceTokenIds, forcedBosId, options, wantsAlignment: text.wantsAlignment }],
    );
  }

  async #finishText(
    pieces: readonly PlannedPiece[],
    context: TextContext,
    results: Iterator<Promise<SegmentTranslation>>,
  ): Promise<TranslatedRecord> {
    const { id, otherwise } = context.text;
    let finished = await this.#finishPieces(pieces, context, results);
    const accepted = finished.texts.filter((text) => otherwise?.accepts(text) ?? true);
    const isOtherwise = accepted.length === 0 && otherwise !== undefined;
    if (isOtherwise) finished = await this.#translateOtherwise(otherwise, context, finished.times);
    const { texts, truncated, targetTokens, times } = finished;
    context.clock.add(times);
    context.tokens.target = targetTokens;
    const [text = '', ...others] = new Set(isOtherwise ? texts : accepted);
    return {
      id,
      text,
      alternatives: others.slice(0, context.alternatives),
      truncated,
      isOtherwise,
      alignments: finished.alignments,
    };
  }

  /** In the place of a text whose translations were not accepted. */
  async #translateOtherwise(
    { text }: OtherText,
    context: TextContext,
    timesBefore: SegmentTimes,
  ): Promise<TranslatedPiece> {
    const pieces = context.clock.tokenizing(() => [
      ...this.#planner.plan(text, context.text, context.text.isOneSentence),
    ]);
    const finished = await this.#translatePieces(pieces, context);
    return { ...finished, times: sumTimes(timesBefore, finished.times) };
  }

  /** Of a text that was admitted already. */
  #translatePieces(
    pieces: readonly PlannedPiece[],
    context: TextContext,
  ): Promise<TranslatedPiece> {
    const works = this.#worksOf(pieces, context);
    const results = this.batching.submit(works, { ...context.bounds, isContinuation: true });
    return this.#finishPieces(pieces, context, results[Symbol.iterator]());
  }

  /** Takes as many results as there are pieces for the engine, at once, and waits for them together. */
  async #finishPieces(
    pieces: readonly PlannedPiece[],
    context: TextContext,
    results: Iterator<Promise<SegmentTranslation>>,
  ): Promise<TranslatedPiece> {
    const finished = await Promise.all(
      pieces.map((piece): Promise<TranslatedPiece> => {
        if (piece.sourceTokenIds === undefined) return Promise.resolve(untranslated(piece.text));
        const next = results.next();
        assertInvariant(next.done !== true, 'a segment has no result');
        return this.#finishSegment(piece, context, next.value);
      }),
    );
    const { targetLanguage } = context.text;
    const [only, ...others] = finished;
    return {
      texts: joinHypotheses(pieces, finished, targetLanguage),
      alignments: only === undefined || others.length > 0 ? NO_ALIGNMENTS : only.alignments,
      truncated: finished.some(({ truncated }) => truncated),
      targetTokens: finished.reduce((sum, { targetTokens }) => sum + targetTokens, 0),
      times: finished.map(({ times }) => times).reduce(slowerTimes, NO_SEGMENT_TIME),
    };
  }

  /**
   * A segment whose best hypothesis was cut by the longest target is halved, and its halves are decoded in its
   * place, down to what cannot be halved. Every round has at most as many tokens as the one before.
   */
  async #finishSegment(
    piece: PlannedPiece,
    context: TextContext,
    result: Promise<SegmentTranslation>,
  ): Promise<TranslatedPiece> {
    const { hypotheses, queueWaitMs, inferenceMs, isCacheHit, batch } = await result;
    if (isCacheHit) context.clock.countCacheHit();
    if (batch !== undefined) {
      context.batches.add(batch);
      context.clock.countBatch(batch.sentencesInHand);
    }
    const times = { queueMs: queueWaitMs, inferenceMs };
    const best = hypotheses[0];
    assertInvariant(best !== undefined, 'a segment has no hypothesis');
    const { clock, text } = context;
    const halves = best.ended ? undefined : clock.tokenizing(() => halveSegment(piece.text));
    if (halves === undefined) {
      const complete = hypotheses.filter(({ ended }, rank) => rank === 0 || ended);
      const { tokenizer } = this.model;
      const texts = clock.tokenizing(() =>
        complete.map(({ tokenIds }) => tokenizer.decode(tokenIds)),
      );
      const alignments = clock.tokenizing(() => this.#align(piece.text, complete, texts));
      return {
        texts,
        alignments,
        truncated: !best.ended,
        targetTokens: best.tokenIds.length,
        times,
      };
    }
    const pieces = clock.tokenizing(() => halves.map((half) => this.#planner.encode(half, text)));
    const joined = await this.#translatePieces(pieces, context);
    return { ...joined, times: sumTimes(times, joined.times) };
  }

  /** By text; of hypotheses that are written alike the better one counts. */
  #align(source: string, hypotheses: readonly Hypothesis[], texts: readonly string[]): Alignments {
    const alignments = new Map<string, Alignment>();
    hypotheses.forEach(({ sourceAttention, tokenIds }, rank) => {
      const text = texts[rank] ?? '';
      if (sourceAttention === undefined || alignments.has(text)) return;
      const aligned = alignTokens(this.model.tokenizer, source, { sourceAttention, tokenIds });
      if (aligned !== undefined) alignments.set(text, aligned);
    });
    return alignments;
  }
}

function untranslated(text: string): TranslatedPiece {
  return {
    texts: [text],
    alignments: NO_ALIGNMENTS,
    truncated: false,
    targetTokens: 0,
    times: NO_SEGMENT_TIME,
  };
}

/** Whole texts, best first, of pieces that have their translations. */
function joinHypotheses(
  pieces: readonly PlannedPiece[],
  finished: readonly TranslatedPiece[],
  targetLanguage: string,
): string[] {
  const hypotheses = finished.map(({ texts }) => texts);
  return joinRanks(hypotheses, (texts) => {
    const joined = texts.map((text, index) => ({ kind: pieces[index]?.kind ?? 'text', text }));
    return joinPieces(joined, targetLanguage);
  });
}
