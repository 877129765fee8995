import { assertInvariant } from '#libs/domain';
import type { BenchModels, PeerModels } from './bench-models.js';
import type { Loaded } from './ctranslate2.js';
import { PeerProcess } from './peer-process.js';
import type { Workload } from './workload.js';

/** Hugging Face transformers, fp32, in a Python process of its own. For workloads of one source length. */
export class Transformers {
  readonly #peer: PeerProcess;

  constructor({ python }: PeerModels, { checkpointFolder }: BenchModels, threads: number) {
    const args = [checkpointFolder, String(threads)];
    this.#peer = new PeerProcess(python, 'transformers_peer.py', args);
  }

  async load(): Promise<Loaded> {
    return (await this.#peer.request('load')) as Loaded;
  }

  /** Milliseconds inside `generate`. Throws where a target has another length. */
  async translate({ name, beamSize, sentences }: Workload): Promise<number> {
    const [first] = sentences;
    assertInvariant(first !== undefined, 'a workload has no sentences');
    const { ms, targetLengths } = (await this.#peer.request('translate', {
      beamSize,
      sources: sentences.map(({ sourceTokenIds }) => Array.from(sourceTokenIds)),
      targetLanguageId: first.targetLanguageId,
      targetTokens: first.targetTokens,
    })) as { ms: number; targetLengths: readonly number[] };
    for (const length of targetLengths)
      assertInvariant(length === first.targetTokens + 2, `${name}: a target of ${length}`);
    return ms;
  }

  stop(): Promise<void> {
    return this.#peer.stop();
  }
}
