import { PAGE_PLACES } from '#libs/domain';
import { type CostFit, CostModel } from './cost-model.js';
import { packSources, planEncoderBatches } from './encoder-batch.js';
import { EnginePolicy, MIN_BEAM_SLOTS, type PolicyLimits } from './engine-policy.js';
import type { LoopEvent } from './loop-event.js';
import type { ModelPort } from './model-port.js';
import { RunningBatch } from './running-batch.js';
import { type FinishedSequence, Sequence, type SequenceRequest } from './sequence.js';
import { type Admission, StepScheduler } from './step-scheduler.js';

/** Counts since the start. */
export interface DecodeStatistics {
  /** Turns of the loop in which something was decoded: every sentence that ran took one step. */
  readonly turns: number;
  /** Decoder steps. */
  readonly steps: number;
  /** Rows (beams) summed over all steps. */
  readonly stepRows: number;
  /** Sentences summed over all steps: divided by `steps`, how many share a step. */
  readonly stepSentences: number;
  readonly encoderRuns: number;
  readonly encodedSentences: number;
  readonly sourceTokens: number;
  readonly finishedSentences: number;
  readonly encodeMs: number;
  readonly stepMs: number;
}

export const NO_STATISTICS: DecodeStatistics = {
  turns: 0,
  steps: 0,
  stepRows: 0,
  stepSentences: 0,
  encoderRuns: 0,
  encodedSentences: 0,
  sourceTokens: 0,
  finishedSentences: 0,
  encodeMs: 0,
  stepMs: 0,
};

/**
 * The engine's loop: admit, encode, step, let go. Sentences join at the end of a quantum and leave at the
 * step that finishes them.
 */
export class DecodeLoop {
  #model: ModelPort;
  readonly #costs: CostModel;
  readonly #policy: EnginePolicy;
  readonly #scheduler: StepScheduler;
  /** Sentences without and with beams: what decodes in one run and what in another. */
  readonly #greedy: RunningBatch;
  readonly #beams: RunningBatch;
  readonly #cancelled = new Set<number>();
  #statistics = NO_STATISTICS;

  constructor(
    model: ModelPort,
    limits: PolicyLimits,
    private readonly now: () => number,
    /** Hears of everything that the loop does, as it does it. */
    private readonly onEvent: (event: LoopEvent) => void = () => undefined,
    /** Hears of each run of the encoder before it begins, and what it is expected to take, rather too much; 0 before the first. */
    private readonly onEncode: (expectedMs: number) => void = () => undefined,
  ) {
    this.#model = model;
    this.#costs = new CostModel(model.threads);
    const { decoderLayers, heads, headSize } = model.facts;
    const bytesPerPlace = 2 * decoderLayers * heads * headSize * Float32Array.BYTES_PER_ELEMENT;
    this.#policy = new EnginePolicy(limits, this.#costs, PAGE_PLACES * bytesPerPlace);
    this.#scheduler = new StepScheduler(this.#policy, now);
    this.#greedy = new RunningBatch(model.facts, 1);
    this.#beams = new RunningBatch(model.facts, MIN_BEAM_SLOTS);
  }

  get statistics(): DecodeStatistics {
    return this.#statistics;
  }

  /** What steps and encoder runs cost at present, on a session of the model with so many threads. */
  costsWith(threads: number): CostFit {
    return this.#costs.fitWith(threads);
  }

  get runningSentences(): number {
    return this.#running.length;
  }

  /** Beams of the running sentences: the rows of the next step. */
  get runningRows(): number {
    return this.#greedy.rows + this.#beams.rows;
  }

  get waitingSentences(): number {
    return this.#scheduler.waitingSentences;
  }

  /** Takes a request that `findSequenceFault` finds nothing wrong with. */
  submit(request: SequenceRequest): void {
    this.#scheduler.enqueue(new Sequence(request, this.#model.facts));
  }

  /** Goes on with another session of the same model, one with other threads. Between two turns alone. */
  switchTo(model: ModelPort): void {
    this.#model = model;
    this.#costs.switchTo(model.threads);
  }

  /** Drops a sentence before the next step. One that is not here any more is no fault. */
  cancel(id: number): void {
    this.#cancelled.add(id);
  }

  /** One turn of the loop. Returns the sentences that finished, or undefined where there is nothing to do. */
  async turn(): Promise<FinishedSequence[] | undefined> {
    this.#dropCancelled();
    const admission = this.#scheduler.admit(this.#running);
    if (admission !== undefined) await this.#join(admission);
    if (this.runningSentences === 0) return undefined;
    for (const batch of this.#batches) if (batch.rows > 0) await this.#step(batch);
    this.#scheduler.countStep();
    this.#count({ turns: 1 });
    return this.#releaseFinished();
  }

  get #batches(): readonly RunningBatch[] {
    return [this.#greedy, this.#beams];
  }

  get #running(): readonly Sequence[] {
    return this.#batches.flatMap(({ sequences }) => sequences);
  }

  async #join({ admitted, why }: Admission): Promise<void> {
    this.onEvent({ kind: 'admitted', sentences: admitted.length, why });
    for (const sequences of planEncoderBatches(admitted, this.#policy.maxEncoderPlaces))
      await this.#encode(sequences);
  }

  #dropCancelled(): void {
    if (this.#cancelled.size === 0) return;
    const isCancelled = ({ id }: Sequence): boolean => this.#cancelled.has(id);
    this.#scheduler.release(isCancelled);
    for (const { sourceLength, search } of this.#batches.flatMap((batch) =>
      batch.release(isCancelled),
    ))
      this.#costs.recordShortestLength(sourceLength, search.length - 1);
    this.#cancelled.clear();
  }

  async #encode(sequences: readonly Sequence[]): Promise<void> {
    const startedAtMs = this.now();
    const batch = packSources(sequences, this.#model.facts.heads);
    const places = batch.sentences * batch.querySlots;
    this.onEncode(this.#costs.cautiousEncodeMs(places));
    const encoded = await this.#model.encode(batch);
    const encodedAtMs = this.now();
    let firstPage = 0;
    for (const sequence of sequences) {
      (sequence.isGreedy ? this.#greedy : this.#beams).join(sequence, encoded, firstPage);
      firstPage += sequence.sourcePages;
    }
    const joinedAtMs = this.now();
    const tokens = batch.tokenIds.length;
    // What joining costs is part of what admitting costs.
    this.#costs.recordEncode(places, joinedAtMs - startedAtMs);
    this.#count({
      encoderRuns: 1,
      encodedSentences: sequences.length,
      sourceTokens: tokens,
      encodeMs: joinedAtMs - startedAtMs,
    });
    const encodeMs = encodedAtMs - startedAtMs;
    const mergeMs = joinedAtMs - encodedAtMs;
    this.onEvent({ kind: 'encoded', tokens, places, encodeMs, mergeMs });
  }

  async #step(running: RunningBatch): Promise<void> {
    const startedAtMs = this.now();
    const batch = running.layOut();
    running.absorb(await this.#model.step(batch), batch);
    const stepMs = this.now() - startedAtMs;
    const stepRows = batch.tokenIds.length;
    this.#costs.recordStep(stepRows, stepMs);
    this.#count({ steps: 1, stepRows, stepSentences: batch.sentences, stepMs });
    this.onEvent({ kind: 'stepped', rows: stepRows, stepMs });
  }

  #releaseFinished(): FinishedSequence[] {
    const finished = this.#batches.flatMap((batch) => batch.release(({ search }) => search.isDone));
    if (finished.length === 0) return [];
    // The start token was there before the first step.
    for (const { sourceLength, search } of finished)
      this.#costs.recordLength(sourceLength, search.length - 1);
    this.#count({ finishedSentences: finished.length });
    const results = finished.map(({ id, search }) => ({ id, hypotheses: search.hypotheses }));
    const targetTokens = results.reduce(
      (sum, { hypotheses: [best] }) => sum + (best?.tokenIds.length ?? 0),
      0,
    );
    this.onEvent({ kind: 'finished', sentences: results.length, targetTokens });
    return results;
  }

  #count(added: Partial<DecodeStatistics>): void {
    const counts: Record<keyof DecodeStatistics, number> = { ...this.#statistics };
    for (const [name, value] of Object.entries(added))
      counts[name as keyof DecodeStatistics] += value;
    this.#statistics = counts;
  }
}
