import { assertInvariant } from '#libs/domain';
import { InferenceService, planEngines } from '#libs/inference';
import { type Sentence, translateAll } from '../support/engine.js';
import { toSentences, type Workload } from './workload.js';

const MAX_SENTENCES = 64;

/** Our engine processes behind the service's own interface, as a service with BATCH_SIZE=64 has them. */
export class OurEngine {
  private constructor(
    private readonly inference: InferenceService,
    /** From the first fork to an engine that works, with all cores. */
    readonly startMs: number,
  ) {}

  static async start(preparedFolder: string): Promise<OurEngine> {
    const log = {
      info: () => undefined,
      error: (fields: Readonly<Record<string, unknown>>, message: string) => {
        process.stderr.write(`${message}: ${JSON.stringify(fields)}\n`);
      },
    };
    const plan = await planEngines(preparedFolder, { batchSize: MAX_SENTENCES }, log);
    const startedAtMs = performance.now();
    const inference = new InferenceService(plan, log);
    await inference.start();
    const startMs = performance.now() - startedAtMs;
    return new OurEngine(inference, startMs);
  }

  get processIds(): number[] {
    return this.inference.engines.flatMap(({ processId }) => processId ?? []);
  }

  /** Milliseconds for the whole workload, messages included. Throws where a target has another length. */
  async translate(workload: Workload): Promise<number> {
    const sentences: readonly Sentence[] = toSentences(workload);
    const startedAtMs = performance.now();
    const results = await translateAll(this.inference, sentences);
    const ms = performance.now() - startedAtMs;
    workload.sentences.forEach(({ targetTokens }, index) => {
      const length = results[index]?.[0]?.tokenIds.length;
      assertInvariant(length === targetTokens + 2, `${workload.name}: a target of ${length ?? 0}`);
    });
    return ms;
  }

  /** Resolves when all engines work. */
  async untilComplete(): Promise<void> {
    while (this.inference.engines.some(({ state }) => state !== 'ready'))
      await new Promise<void>((resolve) => {
        this.inference.onChange(resolve);
      });
  }

  stop(): Promise<void> {
    return this.inference.stop();
  }
}
