import type { InferenceService } from '#libs/inference';
import { ForecastError } from './forecast-error.js';

/** A request as the forecast sees it. */
export interface ForecastAsk {
  /** Source tokens that leave the queue until it is through, its own included. */
  readonly tokensUntilDone: number;
  /** Source tokens of its longest segment. */
  readonly longestTokens: number;
  /** How long that one may be in an engine. */
  readonly withinMs: number;
}

/** A segment in the engines, or about to be. */
export interface ForecastWork {
  readonly sourceTokens: number;
  /** How long it may be there. */
  readonly withinMs: number;
}

/** When a request would be finished, from now; it is at once where nothing is known. */
export interface Forecast {
  /** Until its last segment gets to an engine. */
  readonly waitMs: number;
  /** As long as it may wait: after that it could share the engines with too few. */
  readonly longestWaitMs: number;
  /** In the engine then. */
  readonly workMs: number;
  /** How long the engines, fully used, work on a source token. */
  readonly msPerToken: number;
}

const UNKNOWN: Forecast = { waitMs: 0, longestWaitMs: Infinity, workMs: 0, msPerToken: 0 };

/** The part of the company that it could bear at once, and that there are places for, which waiting has to leave to a request. */
const COMPANY_KEPT = 0.9;

/**
 * When a request would be finished: a pure function of the engines' fitted costs and of how long
 * translations have been so far, times what the forecasts of waits and of work have been wrong by lately.
 *
 * With n engines of C sentences each, ρ beams a sentence and σ decoder steps a source token, a waiting token
 * costs σ · step(C·ρ) / C / n. What does not fit into the room that there is waits that long for each of the
 * tokens before it; then the request's longest sentence takes its own steps, s0 + s1 · tokens.
 *
 * A line through steps of five rows says little of steps of a hundred. So what is larger than anything seen
 * lately is taken to cost as much as the largest: whoever is refused is refused on evidence, and the first
 * full steps bring it.
 *
 * The work of a request is forecast in the company that it could bear if its turn were now. Waiting leaves it time
 * for less company, and if that were counted upon, long queues would make for empty engines, and those for longer
 * queues. So it may wait only as long as that costs a tenth of the company.
 */
export class FinishForecast {
  readonly #waitError: ForecastError;
  readonly #workError: ForecastError;

  constructor(
    private readonly inference: Pick<InferenceService, 'capacity' | 'room' | 'statistics'>,
    now: () => number,
    /** How many segments the engines are given at most, for the sake of those that are there. */
    private readonly bearable: () => number = () => Infinity,
  ) {
    this.#waitError = new ForecastError(now);
    this.#workError = new ForecastError(now);
  }

  of({ tokensUntilDone, longestTokens, withinMs }: ForecastAsk): Forecast {
    const model = this.#model();
    if (model === undefined) return UNKNOWN;
    const { engines, sentences, tokensPerSentence } = model;
    const inEngines = sentences - this.inference.room;
    const filled = Math.min(sentences, Math.max(1, inEngines, Math.floor(this.bearable())));
    const tokensInRoom = (filled - inEngines) * tokensPerSentence;
    const waitingTokens = Math.max(0, tokensUntilDone - longestTokens - tokensInRoom);
    const running = inEngines + tokensUntilDone / tokensPerSentence;
    const most = this.#mostTogether(model, [{ sourceTokens: longestTokens, withinMs }]);
    const together = Math.max(1, Math.min(sentences, running, most)) / engines;
    const ownMs = model.stepsOf(longestTokens) * model.stepMs(together);
    const encodeMs = model.encodeMs(Math.min(tokensUntilDone, together * tokensPerSentence));
    const msPerToken = model.msPerToken(filled / engines) * this.#waitError.factor;
    return {
      waitMs: waitingTokens * msPerToken,
      longestWaitMs: this.#longestWaitMs(model, longestTokens, most),
      workMs: (ownMs + encodeMs) * this.#workError.factor,
      msPerToken,
    };
  }

  /** How long a segment of so many source tokens is in the engines among so many, itself included; 0 where nothing is known. */
  workMs(tokens: number, together: number): number {
    const model = this.#model();
    if (model === undefined) return 0;
    const { engines, stepLine, tokensPerSentence } = model;
    const stepMs = stepLine.baseMs + (stepLine.sentenceMs * together) / engines;
    return (
      (model.stepsOf(tokens) * stepMs + model.encodeMs(tokensPerSentence)) * this.#workError.factor
    );
  }

  /**
   * Among how many segments, all engines together and themselves included, each of these is done in its time;
   * infinite where nothing is known. The line of steps is followed as far as it goes: unlike a refusal, an engine
   * that is filled a little less costs nearly nothing.
   */
  mostTogether(...works: readonly ForecastWork[]): number {
    const model = this.#model();
    return model === undefined ? Infinity : this.#mostTogether(model, works);
  }

  #mostTogether(model: EngineModel, works: Iterable<ForecastWork>): number {
    const { engines, stepLine, tokensPerSentence } = model;
    const { factor } = this.#workError;
    const encodeMs = model.encodeMs(tokensPerSentence);
    let stepMs = Infinity;
    for (const { sourceTokens, withinMs } of works)
      stepMs = Math.min(stepMs, (withinMs / factor - encodeMs) / model.stepsOf(sourceTokens));
    const spareMs = stepMs - stepLine.baseMs;
    if (spareMs < 0) return 0;
    return stepLine.sentenceMs === 0 ? Infinity : engines * (spareMs / stepLine.sentenceMs);
  }

  /** As long as a segment may wait that could be in the engines for so long if its turn were now. */
  longestWaitMs(work: ForecastWork): number {
    const model = this.#model();
    if (model === undefined) return Infinity;
    return this.#longestWaitMs(model, work.sourceTokens, this.#mostTogether(model, [work]));
  }

  /** @param most among how many it would be in time at once */
  #longestWaitMs(model: EngineModel, sourceTokens: number, most: number): number {
    if (most === Infinity) return Infinity;
    const { engines, sentences, stepLine } = model;
    // What each of the others costs it.
    const memberMs = (model.stepsOf(sourceTokens) * stepLine.sentenceMs) / engines;
    const spareMembers = most - COMPANY_KEPT * Math.min(most, sentences);
    return spareMembers * memberMs * this.#workError.factor;
  }

  /** Takes note of how long a request has really waited. */
  learnWait({ waitMs }: Forecast, actualMs: number): void {
    this.#waitError.learn(waitMs, actualMs);
  }

  /** Takes note of how long a segment has really been in an engine. */
  learnWork(workMs: number, actualMs: number): void {
    this.#workError.learn(workMs, actualMs);
  }

  #model(): EngineModel | undefined {
    const { costs, engines, sentences } = this.inference.capacity;
    const { encoderRuns, encodedSentences, sourceTokens, stepRows, stepSentences } =
      this.inference.statistics;
    if (costs === undefined || sentences === 0 || stepSentences === 0) return undefined;
    const rowsPerSentence = stepRows / stepSentences;
    const stepsPerToken = stepSentences / sourceTokens;
    const encodeMs = (tokens: number): number =>
      costs.encodeBaseMs + costs.encodePlaceMs * Math.min(tokens, costs.largestEncodePlaces);
    const stepMs = (together: number): number =>
      costs.stepBaseMs +
      costs.stepRowMs * Math.min(together * rowsPerSentence, costs.largestStepRows);
    const tokensPerRun = sourceTokens / encoderRuns;
    return {
      engines,
      sentences,
      tokensPerSentence: sourceTokens / encodedSentences,
      // Of an engine that was replaced and has finished nothing yet there are the counts of the one before.
      stepsOf: (tokens) =>
        costs.sentenceSteps + costs.sourceTokenSteps * tokens || stepsPerToken * tokens,
      stepMs,
      stepLine: { baseMs: costs.stepBaseMs, sentenceMs: costs.stepRowMs * rowsPerSentence },
      encodeMs,
      msPerToken: (together) =>
        ((stepsPerToken * stepMs(together)) / together + encodeMs(tokensPerRun) / tokensPerRun) /
        engines,
    };
  }
}

/** What the counts and the fitted costs say of the engines that are ready. */
interface EngineModel {
  readonly engines: number;
  /** Most that they decode at once. */
  readonly sentences: number;
  readonly tokensPerSentence: number;
  /** Decoder steps of a sentence with so many source tokens. */
  stepsOf(tokens: number): number;
  /** A decoder step with so many sentences. */
  stepMs(together: number): number;
  /** With so many sentences in each engine; a share of it where there are several engines. */
  msPerToken(together: number): number;
  /** A decoder step, whatever its size, and each sentence in it. */
  readonly stepLine: { readonly baseMs: number; readonly sentenceMs: number };
  /** A run of the encoder over so many tokens. */
  encodeMs(tokens: number): number;
}
