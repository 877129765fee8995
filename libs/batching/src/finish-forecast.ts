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
  /** How long it may be there from now on. */
  readonly withinMs: number;
  /** Decoder steps that it has behind it, as far as is known. */
  readonly stepsDone: number;
}

/** When a request would be finished, from now; it is at once where nothing is known. */
export interface Forecast {
  /** Until its last segment gets to an engine. */
  readonly waitMs: number;
  /** The same, as the engines' costs have it: what waits have taught is left out. */
  readonly unlearntWaitMs: number;
  /** As long as it may wait: after that it could share the engines with too few. */
  readonly longestWaitMs: number;
  /** In the engine then. */
  readonly workMs: number;
  /** How long the engines, fully used, work on a source token. */
  readonly msPerToken: number;
}

const UNKNOWN: Forecast = {
  waitMs: 0,
  unlearntWaitMs: 0,
  longestWaitMs: Infinity,
  workMs: 0,
  msPerToken: 0,
};

/** Steps of the others until a sentence is in the running batch, as a rule. */
const JOINING_STEPS = 2;

/** Steps for each source token where no translation has ended yet: more than they take as a rule, … */
const CAUTIOUS_STEPS_A_TOKEN = 2;
/** … and not more. */
const HOPEFUL_STEPS_A_TOKEN = 1;

/** The part of the company that it could bear at once, and that there are places for, which waiting has to leave to a request. */
const COMPANY_KEPT = 0.9;

/**
 * When a request would be finished: a pure function of the engines' fitted costs and of how long
 * translations have been so far, and of what the forecasts of waits have been wrong by lately.
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

  constructor(
    private readonly inference: Pick<InferenceService, 'capacity' | 'room' | 'statistics'>,
    now: () => number,
    /** How many segments the engines are given at most, for the sake of those that are there. */
    private readonly bearable: () => number = () => Infinity,
  ) {
    this.#waitError = new ForecastError(now);
  }

  /** Source tokens of a segment, as a rule; infinite where nothing is known. */
  get usualTokens(): number {
    return this.#model()?.tokensPerSentence ?? Infinity;
  }

  of({ tokensUntilDone, longestTokens, withinMs }: ForecastAsk): Forecast {
    const model = this.#model();
    if (model === undefined) return UNKNOWN;
    const { engines, sentences, tokensPerSentence } = model;
    const inEngines = sentences - this.inference.room;
    // To ask each of a full company what it bears would change nothing.
    const bearable = inEngines < sentences ? Math.floor(this.bearable()) : sentences;
    const filled = Math.min(sentences, Math.max(1, inEngines, bearable));
    const tokensInRoom = (filled - inEngines) * tokensPerSentence;
    const waitingTokens = Math.max(0, tokensUntilDone - longestTokens - tokensInRoom);
    const running = inEngines + tokensUntilDone / tokensPerSentence;
    const work = { sourceTokens: longestTokens, withinMs, stepsDone: 0 };
    const most = this.#mostTogether(model, [work]);
    const together = Math.max(1, Math.min(sentences, running, most)) / engines;
    const ownMs = model.stepsOf(longestTokens) * model.stepMs(together);
    const encodeMs = model.encodeMs(longestTokens) + (together - 1) * model.encodeSentenceMs;
    const unlearntMsPerToken = model.msPerToken(filled / engines);
    const unlearntWaitMs = waitingTokens * unlearntMsPerToken;
    const { factor } = this.#waitError;
    return {
      waitMs: unlearntWaitMs * factor,
      unlearntWaitMs,
      longestWaitMs: this.#longestWaitMs(model, longestTokens, most),
      workMs: ownMs + encodeMs,
      msPerToken: unlearntMsPerToken * factor,
    };
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

  /**
   * With n sentences in each engine a segment that has S steps to take, r of them left, is there for
   *
   *     r · (a + b · n) + r / S · (n − 1) · e
   *
   * more, and for its own run of the encoder: while it takes its steps the others leave one by one, and as many join.
   */
  #mostTogether(model: EngineModel, works: readonly ForecastWork[]): number {
    const { engines, stepLine, encodeSentenceMs } = model;
    const mostOf = ({ sourceTokens, withinMs, stepsDone }: ForecastWork): number => {
      const steps = model.stepsOf(sourceTokens);
      const left = steps - stepsDone;
      // It has taken more than was expected, and nobody knows how many follow.
      if (left <= 0) return Infinity;
      const joinMs = (left / steps) * encodeSentenceMs;
      const ownMs = stepsDone > 0 ? 0 : model.encodeMs(sourceTokens);
      const spareMs = withinMs - ownMs - left * stepLine.baseMs + joinMs;
      if (spareMs < 0) return 0;
      const memberMs = left * stepLine.sentenceMs + joinMs;
      return memberMs === 0 ? Infinity : engines * (spareMs / memberMs);
    };
    return Math.min(...works.map(mostOf));
  }

  /**
   * When each would be done, from now, if they had the engines to themselves; at once where nothing is known. What is
   * not known is taken to be well: lengths, and steps larger than any seen lately.
   */
  finishMs(works: readonly ForecastWork[]): number[] {
    const model = this.#model();
    if (model === undefined) return works.map(() => 0);
    const shortestFirst = works
      .map(({ sourceTokens, stepsDone }, index) => {
        const steps = model.stepsOf(sourceTokens, HOPEFUL_STEPS_A_TOKEN) - stepsDone;
        return { index, stepsLeft: Math.max(0, steps) };
      })
      .sort((one, other) => one.stepsLeft - other.stepsLeft);
    const finishMs = new Array<number>(works.length).fill(0);
    let [steps, atMs, running] = [0, 0, works.length];
    for (const { index, stepsLeft } of shortestFirst) {
      atMs += (stepsLeft - steps) * model.stepMs(Math.max(1, running / model.engines));
      finishMs[index] = atMs;
      steps = stepsLeft;
      running--;
    }
    return finishMs;
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
    const { engines, sentences, stepLine, encodeSentenceMs } = model;
    // What each of the others costs it.
    const memberMs =
      (model.stepsOf(sourceTokens) * stepLine.sentenceMs + encodeSentenceMs) / engines;
    const spareMembers = most - COMPANY_KEPT * Math.min(most, sentences);
    return spareMembers * memberMs;
  }

  /** Takes note of how long a request has really waited. */
  learnWait({ unlearntWaitMs }: Forecast, actualMs: number): void {
    this.#waitError.learn(unlearntWaitMs, actualMs);
  }

  #model(): EngineModel | undefined {
    const { costs, engines, sentences } = this.inference.capacity;
    const {
      encoderRuns,
      encodedSentences,
      finishedSentences,
      sourceTokens,
      stepRows,
      stepSentences,
    } = this.inference.statistics;
    if (costs === undefined || sentences === 0 || stepSentences === 0) return undefined;
    const rowsPerSentence = stepRows / stepSentences;
    const stepsPerToken = stepSentences / sourceTokens;
    const encodeMs = (tokens: number): number =>
      costs.encodeBaseMs + costs.encodePlaceMs * Math.min(tokens, costs.largestEncodePlaces);
    const stepMs = (together: number): number =>
      costs.stepBaseMs +
      costs.stepRowMs * Math.min(together * rowsPerSentence, costs.largestStepRows);
    const encodeTokenMs = encodeMs(sourceTokens / encoderRuns) / (sourceTokens / encoderRuns);
    const tokensPerSentence = sourceTokens / encodedSentences;
    return {
      engines,
      sentences,
      tokensPerSentence,
      // Of an engine that was replaced and has finished nothing yet there are the counts of the one before.
      stepsOf: (tokens, unknownStepsPerToken = CAUTIOUS_STEPS_A_TOKEN) =>
        JOINING_STEPS +
        (costs.sentenceSteps + costs.sourceTokenSteps * tokens ||
          (finishedSentences > 0 ? stepsPerToken : unknownStepsPerToken) * tokens),
      stepMs,
      stepLine: { baseMs: costs.stepBaseMs, sentenceMs: costs.stepRowMs * rowsPerSentence },
      encodeMs,
      encodeSentenceMs: encodeTokenMs * tokensPerSentence,
      msPerToken: (together) =>
        ((stepsPerToken * stepMs(together)) / together + encodeTokenMs) / engines,
    };
  }
}

/** What the counts and the fitted costs say of the engines that are ready. */
interface EngineModel {
  readonly engines: number;
  /** Most that they decode at once. */
  readonly sentences: number;
  readonly tokensPerSentence: number;
  /**
   * Decoder steps of a sentence with so many source tokens, and those of the others until it joins.
   *
   * @param unknownStepsPerToken where no translation has ended yet
   */
  stepsOf(tokens: number, unknownStepsPerToken?: number): number;
  /** A decoder step with so many sentences. */
  stepMs(together: number): number;
  /** With so many sentences in each engine; a share of it where there are several engines. */
  msPerToken(together: number): number;
  /** A decoder step, whatever its size, and each sentence in it. */
  readonly stepLine: { readonly baseMs: number; readonly sentenceMs: number };
  /** A run of the encoder over so many tokens. */
  encodeMs(tokens: number): number;
  /** What the encoder spends on a sentence, in runs as they are. */
  readonly encodeSentenceMs: number;
}
