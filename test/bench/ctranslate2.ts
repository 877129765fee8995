import { assertInvariant } from '#libs/domain';
import type { PeerModels } from './bench-models.js';
import { PeerProcess } from './peer-process.js';
import type { BenchSentence, Workload } from './workload.js';

/** How CTranslate2 uses the cores: workers that translate batches, and the threads of each. */
export interface ThreadLayout {
  readonly interThreads: number;
  readonly intraThreads: number;
}

/** CTranslate2 counts the forced language token as one of the target. */
const LANGUAGE_TOKENS = 1;

interface Translated {
  readonly ms: number;
  readonly targetLengths: readonly (readonly number[])[];
}

export interface Loaded {
  readonly ms: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Every layout that uses all cores. */
export function threadLayouts(cores: number): ThreadLayout[] {
  return Array.from({ length: cores }, (_, index) => index + 1)
    .filter((interThreads) => cores % interThreads === 0)
    .map((interThreads) => ({ interThreads, intraThreads: cores / interThreads }));
}

export function layoutName({ interThreads, intraThreads }: ThreadLayout): string {
  return `${interThreads}×${intraThreads}`;
}

/** CTranslate2, int8, in a Python process of its own. */
export class CTranslate2 {
  readonly #peer: PeerProcess;

  constructor({ python, ctranslate2Folder }: PeerModels) {
    this.#peer = new PeerProcess(python, 'ctranslate2_peer.py', [ctranslate2Folder]);
  }

  get processId(): number {
    return this.#peer.processId;
  }

  async load(layout: ThreadLayout): Promise<Loaded> {
    return (await this.#peer.request('load', { ...layout })) as Loaded;
  }

  /**
   * Milliseconds inside CTranslate2, one call for each target length: a call can force one only. Its length
   * counts the language token. Throws where a target has another length.
   */
  async translate(workload: Workload, layout: ThreadLayout): Promise<number> {
    const groups = groupByTargetLength(workload.sentences);
    const { ms, targetLengths } = (await this.#peer.request('translate', {
      ...layout,
      beamSize: workload.beamSize,
      groups: groups.map((sentences) => ({
        sources: sentences.map(({ sourceTokenIds }) => Array.from(sourceTokenIds)),
        targetLanguageIds: sentences.map(({ targetLanguageId }) => targetLanguageId),
        targetTokens: (sentences[0]?.targetTokens ?? 0) + LANGUAGE_TOKENS,
      })),
    })) as Translated;
    groups.forEach((sentences, group) => {
      sentences.forEach(({ targetTokens }, index) => {
        const length = targetLengths[group]?.[index];
        assertInvariant(
          length === targetTokens + LANGUAGE_TOKENS,
          `${workload.name}: a target of ${length ?? 0}`,
        );
      });
    });
    return ms;
  }

  stop(): Promise<void> {
    return this.#peer.stop();
  }
}

/** The longest first, so that no worker starts on them last. */
function groupByTargetLength(sentences: readonly BenchSentence[]): BenchSentence[][] {
  const groups = new Map<number, BenchSentence[]>();
  for (const sentence of sentences) {
    const group = groups.get(sentence.targetTokens) ?? [];
    group.push(sentence);
    groups.set(sentence.targetTokens, group);
  }
  return [...groups.entries()].sort(([a], [b]) => b - a).map(([, group]) => group);
}
