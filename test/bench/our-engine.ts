import { assertInvariant } from '#libs/domain';
import { availableCores, defaultEngineLimits, InferenceService } from '#libs/inference';
import { type Sentence, translateAll } from '../support/engine.js';
import { toSentences, type Workload } from './workload.js';

const MAX_SENTENCES = 64;

/** Our engine process behind the service's own interface; it takes what a service with BATCH_SIZE=64 gives it. */
export class OurEngine {
  private constructor(
    private readonly inference: InferenceService,
    readonly processId: number,
    /** From fork to ready. */
    readonly startMs: number,
  ) {}

  static async start(preparedFolder: string): Promise<OurEngine> {
    let processId: unknown;
    const log = {
      info: (fields: Readonly<Record<string, unknown>>) => (processId = fields['processId']),
      error: (fields: Readonly<Record<string, unknown>>, message: string) => {
        process.stderr.write(`${message}: ${JSON.stringify(fields)}\n`);
      },
    };
    const threads = await availableCores();
    const engine = { preparedFolder, threads, limits: defaultEngineLimits(MAX_SENTENCES) };
    const startedAtMs = performance.now();
    const inference = new InferenceService({ engine, replicas: 1 }, log);
    await inference.start();
    const startMs = performance.now() - startedAtMs;
    assertInvariant(typeof processId === 'number', 'the engine did not log its process id');
    return new OurEngine(inference, processId, startMs);
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

  stop(): Promise<void> {
    return this.inference.stop();
  }
}
