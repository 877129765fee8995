import { packSources, planEncoderBatches } from './encoder-batch.js';
import type { ModelPort } from './model-port.js';
import { RunningBatch } from './running-batch.js';
import { type FinishedSequence, Sequence, type SequenceRequest } from './sequence.js';
import { StepScheduler, type SchedulerLimits } from './step-scheduler.js';

export interface DecodeLoopLimits extends SchedulerLimits {
  /** Most padded source places in one encoder run: bounds the memory of its attention. */
  readonly maxEncoderPlaces: number;
}

/** Counts since the start. */
export interface DecodeStatistics {
  /** Decoder steps. */
  readonly steps: number;
  /** Rows (beams) summed over all steps. */
  readonly stepRows: number;
  /** Sentences summed over all steps: divided by `steps`, how many share a step. */
  readonly stepSentences: number;
  readonly encoderRuns: number;
  readonly sourceTokens: number;
  readonly finishedSentences: number;
  readonly encodeMs: number;
  readonly stepMs: number;
}

/**
 * The engine's loop: admit, encode, step, let go. Sentences join at the end of a quantum and leave at the
 * step that finishes them.
 */
export class DecodeLoop {
  readonly #scheduler: StepScheduler;
  readonly #batch: RunningBatch;
  readonly #cancelled = new Set<number>();
  #statistics: DecodeStatistics = {
    steps: 0,
    stepRows: 0,
    stepSentences: 0,
    encoderRuns: 0,
    sourceTokens: 0,
    finishedSentences: 0,
    encodeMs: 0,
    stepMs: 0,
  };

  constructor(
    private readonly model: ModelPort,
    private readonly limits: DecodeLoopLimits,
    private readonly now: () => number,
  ) {
    this.#scheduler = new StepScheduler(limits);
    this.#batch = new RunningBatch(model.facts);
  }

  get statistics(): DecodeStatistics {
    return this.#statistics;
  }

  get runningSentences(): number {
    return this.#batch.sequences.length;
  }

  /** Beams of the running sentences: the rows of the next step. */
  get runningRows(): number {
    return this.#batch.rows;
  }

  get waitingSentences(): number {
    return this.#scheduler.waiting.length;
  }

  /** Takes a request that `findSequenceFault` finds nothing wrong with. */
  submit(request: SequenceRequest): void {
    this.#scheduler.enqueue(new Sequence(request, this.model.facts));
  }

  /** Drops a sentence before the next step. One that is not here any more is no fault. */
  cancel(id: number): void {
    this.#cancelled.add(id);
  }

  /** One turn of the loop. Returns the sentences that finished, or undefined where there is nothing to do. */
  async turn(): Promise<FinishedSequence[] | undefined> {
    this.#dropCancelled();
    const admitted = this.#scheduler.admit(this.runningSentences);
    for (const sequences of planEncoderBatches(admitted, this.limits.maxEncoderPlaces))
      await this.#encode(sequences);
    if (this.runningSentences === 0) return undefined;
    await this.#step();
    return this.#releaseFinished();
  }

  #dropCancelled(): void {
    if (this.#cancelled.size === 0) return;
    const isCancelled = ({ id }: Sequence): boolean => this.#cancelled.has(id);
    this.#scheduler.release(isCancelled);
    this.#batch.release(isCancelled);
    this.#cancelled.clear();
  }

  async #encode(sequences: readonly Sequence[]): Promise<void> {
    const startedAtMs = this.now();
    const batch = packSources(sequences);
    const encoded = await this.model.encode(batch);
    this.#batch.join(sequences, encoded, batch.paddedLength);
    this.#count({
      encoderRuns: 1,
      sourceTokens: batch.tokenIds.length,
      encodeMs: this.now() - startedAtMs,
    });
  }

  async #step(): Promise<void> {
    const startedAtMs = this.now();
    const batch = this.#batch.layOut();
    this.#batch.absorb(await this.model.step(batch));
    const stepMs = this.now() - startedAtMs;
    this.#scheduler.recordStep(stepMs);
    const stepRows = batch.tokenIds.length;
    this.#count({ steps: 1, stepRows, stepSentences: batch.sentences, stepMs });
  }

  #releaseFinished(): FinishedSequence[] {
    const finished = this.#batch.release(({ search }) => search.isDone);
    this.#count({ finishedSentences: finished.length });
    return finished.map(({ id, search }) => ({ id, hypotheses: search.hypotheses }));
  }

  #count(added: Partial<DecodeStatistics>): void {
    const counts: Record<keyof DecodeStatistics, number> = { ...this.#statistics };
    for (const [name, value] of Object.entries(added))
      counts[name as keyof DecodeStatistics] += value;
    this.#statistics = counts;
  }
}
