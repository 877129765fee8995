import { listFiles, type ListFileEntry, modelInfo } from '@huggingface/hub';
import type { Response as HubResponse } from 'undici';
import { OperatorError } from '#libs/domain';
import { parseJson } from '#libs/prepared-model';
import type { ContentHash } from './content-hash.js';
import { requireContent } from './hub-answer.js';
import type { HubConnection } from './hub-connection.js';
import { formatHubId, type HubId } from './hub-id.js';
import { withRetries } from './retries.js';

/** A file of a model at a commit. */
export interface HubFile {
  /** Relative, with `/`; checked to stay inside the folder it is put under. */
  readonly path: string;
  readonly bytes: number;
  readonly hash: ContentHash;
}

const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const PART_OF_PATH = /^(?!\.{1,2}$)[^/\\\0:]{1,255}$/;
const MAX_PATH_CHARS = 1024;
const MAX_PAGES = 10;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** What a hub knows of one model, asked through `@huggingface/hub`, and believed no further than it must be. */
export class HubListing {
  constructor(
    private readonly hub: HubConnection,
    private readonly id: HubId,
    private readonly onRetry: (notice: string) => void,
  ) {}

  /** The commit that the revision stands for now. */
  async resolveCommit(): Promise<string> {
    const { sha } = await this.#understood(() =>
      modelInfo({ ...this.id, additionalFields: ['sha'], ...this.#client() }),
    );
    if (typeof sha !== 'string' || !COMMIT.test(sha)) throw this.#notUnderstood();
    return sha;
  }

  /** All files of a commit, by path. */
  async files(commit: string): Promise<ReadonlyMap<string, HubFile>> {
    return this.#understood(async () => {
      const files = new Map<string, HubFile>();
      const repo = { type: 'model', name: this.id.name } as const;
      for await (const entry of listFiles({
        repo,
        revision: commit,
        recursive: true,
        ...this.#client(),
      })) {
        requireInnerPath(entry.path, formatHubId(this.id));
        if (entry.type === 'file') files.set(entry.path, this.#readEntry(entry));
      }
      return files;
    });
  }

  #readEntry({ path, size, oid, lfs }: ListFileEntry): HubFile {
    const bytes = lfs?.size ?? size;
    const hex = lfs?.oid ?? oid ?? '';
    const isKnown = lfs === undefined ? COMMIT.test(hex) : SHA256.test(hex);
    if (!Number.isSafeInteger(bytes) || bytes < 0 || !isKnown) throw this.#notUnderstood();
    return { path, bytes, hash: { algorithm: lfs === undefined ? 'git-sha1' : 'sha256', hex } };
  }

  #client(): { hubUrl: string; fetch: typeof fetch } {
    let pages = 0;
    return {
      hubUrl: this.hub.endpoint,
      // The client's own headers are left out: our connection knows where the token may go.
      fetch: async (input) => {
        const url = input instanceof Request ? input.url : input.toString();
        if (++pages > MAX_PAGES || new URL(url).origin !== new URL(this.hub.endpoint).origin)
          throw new OperatorError(
            `${this.hub.endpoint} has more files in ${formatHubId(this.id)} than can be listed, or lists them elsewhere. Check the name and HF_ENDPOINT.`,
          );
        return this.#page(url);
      },
    };
  }

  /** One answer, whole in memory, so that a cut within it is tried again like any other. */
  async #page(url: string): Promise<Response> {
    const { answerTimeoutMs, listAttempts, retryDelayMs, longestRetryDelayMs } = this.hub.limits;
    return withRetries(
      async () => {
        const headers = { accept: 'application/json' };
        const response = await this.hub.get(url, headers, AbortSignal.timeout(answerTimeoutMs));
        await requireContent(response, this.hub, this.id);
        const text = await this.#readBounded(response);
        const link = response.headers.get('link');
        parseJson(text, `The answer of ${this.hub.endpoint}`);
        return new Response(text, link === null ? {} : { headers: { link } });
      },
      {
        attempts: () => listAttempts,
        delayMs: retryDelayMs,
        longestDelayMs: longestRetryDelayMs,
        onRetry: this.onRetry,
        signal: this.hub.signal,
      },
    );
  }

  async #readBounded(response: HubResponse): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of this.hub.chunks(response)) {
      bytes += chunk.length;
      if (bytes > MAX_PAGE_BYTES)
        throw new OperatorError(
          `${this.hub.endpoint} answers with more than ${MAX_PAGE_BYTES} bytes where a list is expected. Check HF_ENDPOINT.`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The client trusts the form of what it reads; where that is another one, it stumbles. */
  async #understood<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      throw error instanceof TypeError || error instanceof RangeError
        ? this.#notUnderstood(error)
        : error;
    }
  }

  #notUnderstood(cause?: Error): OperatorError {
    return new OperatorError(
      `${this.hub.endpoint} describes ${formatHubId(this.id)} in a form that is not a Hugging Face hub's. Check HF_ENDPOINT.`,
      { cause },
    );
  }
}

/** Refuses paths that lead out of a folder, or mean something else on another system. */
export function requireInnerPath(path: unknown, where: string): void {
  const isInner =
    typeof path === 'string' &&
    path.length <= MAX_PATH_CHARS &&
    path.split('/').every((part) => PART_OF_PATH.test(part));
  if (!isInner)
    throw new OperatorError(
      `${where} lists a file with the name ${typeof path === 'string' ? JSON.stringify(path.slice(0, 60)) : 'that is no text'}, which is no path inside a folder. Nothing is fetched from it.`,
    );
}
