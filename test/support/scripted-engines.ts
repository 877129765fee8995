import type { Hypothesis } from '#libs/domain';
import type {
  EngineCapacity,
  EngineOverview,
  EngineTicket,
  InferenceState,
  InferenceStatistics,
} from '#libs/inference';
import type { SegmentWork } from '#libs/batching';

/** What becomes of one sentence: a hypothesis, a failure, or nothing until somebody cancels it. */
export type Script = (work: SegmentWork) => Hypothesis | Error | 'never';

/** "Translates" a sentence into itself. */
export const echo: Script = ({ sourceTokenIds }) => ({
  tokenIds: Int32Array.of(2, ...sourceTokenIds.slice(1)),
  score: -1,
  ended: true,
});

/** Engines that do what a test says; for failures that a real engine does not have on demand. */
export class ScriptedEngines {
  state: InferenceState = 'ready';
  script: Script = echo;
  /** All that the search has found, from the best. */
  hypotheses: (best: Hypothesis) => Hypothesis[] = (best) => [best];
  room = 1000;
  startResult: Promise<void> = Promise.resolve();
  /** What the engines were given, in order, and why sentences were cancelled. */
  readonly works: SegmentWork[] = [];
  readonly cancellations: string[] = [];
  isStopped = false;
  sentencesInHand = 0;
  readonly #listeners: (() => void)[] = [];

  get statistics(): InferenceStatistics {
    return {
      turns: 7 * this.works.length,
      steps: 7 * this.works.length,
      stepRows: 0,
      stepSentences: 0,
      encoderRuns: 0,
      encodedSentences: this.works.length,
      sourceTokens: 0,
      finishedSentences: this.works.length,
      encodeMs: 0,
      stepMs: 0,
      runningSentences: 0,
      runningRows: 0,
      waitingSentences: 0,
    };
  }

  get capacity(): EngineCapacity {
    return { engines: this.state === 'ready' ? 1 : 0, sentences: 1000, costs: undefined };
  }

  readonly engines: EngineOverview[] = [];

  onStatus(): void {
    // They say nothing of themselves.
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  start(): Promise<void> {
    return this.startResult;
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
  }

  /** Makes room as if sentences had finished. */
  makeRoom(room: number): void {
    this.room = room;
    for (const listener of this.#listeners) listener();
  }

  submit(works: readonly SegmentWork[]): EngineTicket[] {
    this.works.push(...works);
    this.sentencesInHand += works.length;
    return works.map((work) => {
      const outcome = this.script(work);
      let cancel: (reason: Error) => void = () => undefined;
      const result: EngineTicket['result'] = new Promise((resolve, reject) => {
        if (outcome instanceof Error) reject(outcome);
        else if (outcome !== 'never') resolve({ id: 0, hypotheses: this.hypotheses(outcome) });
        else
          cancel = (reason) => {
            this.cancellations.push(reason.message);
            reject(reason);
          };
      });
      const left = (): void => {
        this.sentencesInHand--;
      };
      result.then(left, left);
      return { result, engineTurns: 0, cancel };
    });
  }
}
