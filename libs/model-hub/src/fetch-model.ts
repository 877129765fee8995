import { join } from 'node:path';
import { OperatorError } from '#libs/domain';
import { describeFileFault, fileFaultCode, PlaceInLine } from '#libs/prepared-model';
import { presentBytes, requireSpace } from './disk-space.js';
import { FileDownload } from './file-download.js';
import { HubConnection, type HubSettings } from './hub-connection.js';
import { formatHubId, type HubId, isCommit } from './hub-id.js';
import { type HubFile, HubListing } from './hub-listing.js';
import { chooseFiles, readShards } from './needed-files.js';
import { HubUnreachableError } from './retries.js';
import { SnapshotCache } from './snapshot-cache.js';
import { DEFAULT_TRANSFER_LIMITS, type TransferLimits } from './transfer-limits.js';

export interface FetchProgress {
  readonly stage: 'download';
  /** What is there of all files, earlier attempts included. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface FetchModelOptions {
  readonly settings: HubSettings;
  /** Holds any number of models, at any number of commits. */
  readonly cacheFolder: string;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  /** What is worth knowing on the way, in a sentence: retries, waiting, what is used instead. */
  readonly onNotice?: (notice: string) => void;
  /** Ends it; what has arrived is kept. The signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<TransferLimits>;
}

/**
 * The local folder of a model of a hub: what its compiler needs, in the Hugging Face layout. The folder is
 * whole and is not to be changed. A commit that is in the cache is not fetched again; where the hub cannot
 * be reached, the last known commit of the revision is used.
 *
 * @throws OperatorError for everything that can go wrong out there, with what to do.
 */
export async function fetchModel(id: HubId, options: FetchModelOptions): Promise<string> {
  try {
    const cache = new SnapshotCache(options.cacheFolder, options.settings.hubEndpoint, id);
    return options.settings.hubOffline
      ? await requireCached(cache, id, options)
      : await new ModelFetch(id, options, cache).run();
  } catch (error) {
    if (fileFaultCode(error) === undefined) throw error;
    throw new OperatorError(
      `${formatHubId(id)} could not be kept in ${options.cacheFolder}: ${describeFileFault(error)}. Mend that, or set CACHE_DIR to another folder; what has arrived is kept.`,
      { cause: error },
    );
  }
}

/**
 * The commit that an id stands for now; nothing is fetched. Undefined where the hub has to be asked, and is not to be
 * or does not answer.
 */
export async function findCommit(
  id: HubId,
  options: FetchModelOptions,
): Promise<string | undefined> {
  if (isCommit(id)) return id.revision;
  if (options.settings.hubOffline) return undefined;
  const cache = new SnapshotCache(options.cacheFolder, options.settings.hubEndpoint, id);
  return new ModelFetch(id, options, cache).resolve();
}

async function requireCached(
  cache: SnapshotCache,
  id: HubId,
  { cacheFolder, settings }: FetchModelOptions,
): Promise<string> {
  const commit = await cache.knownCommit();
  const folder = commit === undefined ? undefined : await cache.find(commit);
  if (folder !== undefined) return folder;
  throw new OperatorError(
    `HF_HUB_OFFLINE is set, and ${cacheFolder} holds no whole copy of ${formatHubId(id)} from ${settings.hubEndpoint}. Fetch it once without HF_HUB_OFFLINE, or name a local folder.`,
  );
}

const NEVER = new AbortController().signal;

class ModelFetch {
  readonly #hub: HubConnection;
  readonly #listing: HubListing;
  readonly #where: string;

  constructor(
    private readonly id: HubId,
    private readonly options: FetchModelOptions,
    private readonly cache: SnapshotCache,
  ) {
    const { settings, signal = NEVER } = options;
    const limits = { ...DEFAULT_TRANSFER_LIMITS, ...options.limits };
    this.#hub = new HubConnection(settings, limits, signal);
    this.#listing = new HubListing(this.#hub, id, this.#notice);
    this.#where = formatHubId(id);
  }

  async run(): Promise<string> {
    try {
      // A commit never changes: what is there of it needs no hub.
      const fixed = isCommit(this.id) ? await this.cache.find(this.id.revision) : undefined;
      if (fixed !== undefined) return fixed;
      const commit = await this.#listing.resolveCommit();
      const folder = (await this.cache.find(commit)) ?? (await this.#fetchInTurn(commit));
      await this.cache.remember(commit);
      return folder;
    } catch (error) {
      if (!(error instanceof HubUnreachableError)) throw error;
      return await this.#instead(error);
    } finally {
      await this.#hub.close();
    }
  }

  async resolve(): Promise<string | undefined> {
    try {
      return await this.#listing.resolveCommit();
    } catch (error) {
      if (!(error instanceof HubUnreachableError)) throw error;
      this.#notice(error.message);
      return undefined;
    } finally {
      await this.#hub.close();
    }
  }

  /** What the cache holds where the hub does not answer. */
  async #instead(error: HubUnreachableError): Promise<string> {
    const known = await this.cache.knownCommit();
    const folder = known === undefined ? undefined : await this.cache.find(known);
    if (folder === undefined) throw error;
    this.#notice(
      `${error.message} The copy of ${this.#where} in the cache is used, commit ${known ?? ''}.`,
    );
    return folder;
  }

  /** One process at a time fetches a commit; those who come later find it when their turn comes. */
  async #fetchInTurn(commit: string): Promise<string> {
    const place = await PlaceInLine.take(await this.cache.modelFolder(), commit, {
      onNotice: this.#notice,
      signal: this.#hub.signal,
    });
    try {
      return (await this.cache.find(commit)) ?? (await this.#fetch(commit));
    } finally {
      await place.leave();
    }
  }

  async #fetch(commit: string): Promise<string> {
    const listing = await this.#listing.files(commit);
    const { files, shardIndex } = chooseFiles(listing, this.#where);
    const folder = await this.cache.begin(commit);
    const shards: HubFile[] = [];
    if (shardIndex !== undefined) {
      await requireSpace(folder, shardIndex.bytes);
      await this.#download(commit, folder, shardIndex, () => undefined);
      shards.push(...(await readShards(join(folder, shardIndex.path), listing, this.#where)));
    }
    const all = [...files, ...shards];
    await this.#downloadAll(commit, folder, all);
    return this.cache.complete(commit, all);
  }

  async #downloadAll(commit: string, folder: string, files: readonly HubFile[]): Promise<void> {
    const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    await requireSpace(folder, totalBytes - (await presentBytes(folder, files)));
    let earlierBytes = 0;
    for (const file of files) {
      const report = (bytes: number): void => {
        this.options.onProgress?.({
          stage: 'download',
          doneBytes: earlierBytes + bytes,
          totalBytes,
        });
      };
      await this.#download(commit, folder, file, report);
      earlierBytes += file.bytes;
    }
  }

  async #download(
    commit: string,
    folder: string,
    file: HubFile,
    onBytes: (bytes: number) => void,
  ): Promise<void> {
    await new FileDownload({
      hub: this.#hub,
      id: this.id,
      commit,
      file,
      target: join(folder, file.path),
      onBytes,
      onRetry: this.#notice,
    }).run();
  }

  readonly #notice = (notice: string): void => {
    this.options.onNotice?.(notice);
  };
}
