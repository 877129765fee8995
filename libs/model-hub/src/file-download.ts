import { access, mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Response } from 'undici';
import { OperatorError } from '#libs/domain';
import { requireContent } from './hub-answer.js';
import type { HubConnection } from './hub-connection.js';
import { formatHubId, type HubId } from './hub-id.js';
import type { HubFile } from './hub-listing.js';
import { PartialFile } from './partial-file.js';
import { TransientFault, withRetries } from './retries.js';
import { SlownessGuard } from './slowness-guard.js';

export const PARTIAL_SUFFIX = '.partial';

export interface FileDownloadOptions {
  readonly hub: HubConnection;
  readonly id: HubId;
  readonly commit: string;
  readonly file: HubFile;
  /** Where the file appears once it is whole and right; until then it is there with `.partial` at its end. */
  readonly target: string;
  /** Bytes of the file that are there, whenever they change. */
  readonly onBytes: (bytes: number) => void;
  readonly onRetry: (notice: string) => void;
}

/**
 * Fetches one file, going on where an earlier attempt of this or another process was cut. The address names
 * the commit, so its content cannot change between two attempts; size and hash are checked all the same.
 */
export class FileDownload {
  readonly #url: string;
  /** The most that was ever there: what is fetched a second time is no progress. */
  #reachedBytes = 0;

  constructor(private readonly options: FileDownloadOptions) {
    const { hub, id, commit, file } = options;
    const path = file.path.split('/').map(encodeURIComponent).join('/');
    this.#url = `${hub.endpoint}/${id.name}/resolve/${commit}/${path}`;
  }

  async run(): Promise<void> {
    const { hub, target, onRetry } = this.options;
    await mkdir(dirname(target), { recursive: true });
    // A whole file of an unfinished folder is looked at again: nothing vouches for it but its name.
    if (await exists(target)) await rename(target, this.#partialPath);
    const { fileAttempts, bytesPerAttempt, retryDelayMs, longestRetryDelayMs } = hub.limits;
    await withRetries(() => this.#attempt(), {
      attempts: () => fileAttempts + Math.floor(this.#reachedBytes / bytesPerAttempt),
      progress: () => this.#reachedBytes,
      delayMs: retryDelayMs,
      longestDelayMs: longestRetryDelayMs,
      onRetry,
      signal: hub.signal,
    });
    await rename(this.#partialPath, target);
  }

  get #partialPath(): string {
    return `${this.options.target}${PARTIAL_SUFFIX}`;
  }

  async #attempt(): Promise<void> {
    const { file, onBytes } = this.options;
    const partial = await PartialFile.open(this.#partialPath, file);
    try {
      const resumedAt = partial.position;
      onBytes(partial.position);
      if (partial.missingBytes > 0) await this.#receive(partial);
      await partial.sync();
      if (partial.isRight()) return;
      await partial.clear();
      const fault = `${file.path} arrived with another content than the hub lists: its ${file.hash.algorithm} is not ${file.hash.hex}.`;
      // What an earlier attempt left may be at fault; what came in one piece is the hub's.
      if (resumedAt > 0) throw new TransientFault(fault);
      throw new OperatorError(
        `${fault} It was thrown away. Try again; if it stays so, check HF_ENDPOINT and what is between here and there.`,
      );
    } finally {
      await partial.close();
    }
  }

  async #receive(partial: PartialFile): Promise<void> {
    const response = await this.#request(partial.position);
    if (response.status === 200 && partial.position > 0) await partial.clear();
    try {
      this.#requireLengths(response, partial);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    await this.#receiveBody(response, partial);
    if (partial.missingBytes > 0) throw new TransientFault(this.#describeCut(partial));
  }

  async #request(from: number): Promise<Response> {
    const { hub, id, file } = this.options;
    const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    const headers = { 'accept-encoding': 'identity', ...range };
    const controller = new AbortController();
    // For the headers alone: a large body may take its time.
    const timer = setTimeout(() => {
      controller.abort(new DOMException('no headers', 'TimeoutError'));
    }, hub.limits.answerTimeoutMs);
    try {
      const response = await hub.get(this.#url, headers, controller.signal);
      await requireContent(response, hub, id, file.path);
      return response;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the headers say of lengths has to be what was asked for: then a body can be trusted to its end. */
  #requireLengths({ status, headers }: Response, partial: PartialFile): void {
    const { file } = this.options;
    const length = headers.get('content-length');
    const range = headers.get('content-range');
    const expectedRange = `bytes ${partial.position}-${file.bytes - 1}/${file.bytes}`;
    if (length !== null && Number(length) !== partial.missingBytes)
      throw this.#wrongLength(`${length} bytes instead of ${partial.missingBytes}`);
    if (status === 206 && range !== expectedRange)
      throw this.#wrongLength(`the range "${range ?? ''}" instead of "${expectedRange}"`);
    if (headers.has('content-encoding'))
      throw this.#wrongLength('an encoded body where a plain one was asked for');
  }

  async #receiveBody(response: Response, partial: PartialFile): Promise<void> {
    const { hub } = this.options;
    const guard = new SlownessGuard(hub.limits, new URL(response.url).host);
    for await (const chunk of hub.chunks(response)) {
      if (chunk.length > partial.missingBytes)
        throw this.#wrongLength(`more than ${this.options.file.bytes} bytes`);
      guard.arrived(chunk.length);
      await partial.append(chunk);
      this.#reachedBytes = Math.max(this.#reachedBytes, partial.position);
      this.options.onBytes(partial.position);
    }
  }

  #describeCut({ position }: PartialFile): string {
    const { file } = this.options;
    return `The connection was cut at ${position} of ${file.bytes} bytes of ${file.path}.`;
  }

  #wrongLength(found: string): OperatorError {
    const { hub, id, file } = this.options;
    return new OperatorError(
      `${hub.endpoint} sends ${found} for ${file.path} of ${formatHubId(id)}. Check HF_ENDPOINT and what is between here and there.`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
