import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { fetchModel, type FetchModelOptions, type HubSettings, parseHubId } from '#libs/model-hub';
import { filesOf, LocalHub, type LocalHubOptions } from './local-hub.js';
import { CHECKPOINTS } from './prepared-models.js';

/** The names that a fetched tiny-m2m100 has. */
const TINY_NAMES = [
  'added_tokens.json',
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'sentencepiece.bpe.model',
  'special_tokens_map.json',
  'tokenizer_config.json',
  'vocab.json',
];
export const TINY_FILES = filesOf(CHECKPOINTS.tiny, TINY_NAMES);
export const TINY_BYTES = [...TINY_FILES.values()].reduce((sum, { length }) => sum + length, 0);

/** Settings for a hub that is reached without token and proxy. */
function hubSettings(hubEndpoint: string, more: Partial<HubSettings> = {}): HubSettings {
  return {
    hubEndpoint,
    hubToken: undefined,
    hubOffline: false,
    httpProxy: undefined,
    httpsProxy: undefined,
    noProxy: undefined,
    ...more,
  };
}

/** A local hub, and a cache folder to fetch its model into. */
export class HubFetching {
  /** What was said on the way, in order. */
  readonly notices: string[] = [];

  private constructor(
    readonly hub: LocalHub,
    readonly cacheFolder: string,
  ) {}

  static async start(options: Partial<LocalHubOptions> = {}): Promise<HubFetching> {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'hub-fetching-'));
    return new HubFetching(await LocalHub.start({ files: TINY_FILES, ...options }), cacheFolder);
  }

  /** Fetches the hub's model, without long waits. */
  fetch(
    settings: Partial<HubSettings> = {},
    { revision = 'main', ...options }: Partial<FetchModelOptions> & { revision?: string } = {},
  ): Promise<string> {
    return fetchModel(parseHubId(`${this.hub.name}@${revision}`)!, {
      settings: hubSettings(this.hub.endpoint, settings),
      cacheFolder: this.cacheFolder,
      onNotice: (notice) => this.notices.push(notice),
      ...options,
      limits: { retryDelayMs: 1, ...options.limits },
    });
  }

  /** The message of the error that fetching ends with. */
  async fault(...parameters: Parameters<HubFetching['fetch']>): Promise<string> {
    const error: unknown = await this.fetch(...parameters).catch((reason: unknown) => reason);
    if (!(error instanceof Error) || error.name.endsWith('InvariantError'))
      throw new Error('it did not fail as expected', { cause: error });
    expect(['OperatorError', 'HubUnreachableError']).toContain(error.name);
    return error.message;
  }

  /** Every name in the cache. */
  async cachedNames(): Promise<string[]> {
    const names = await readdir(this.cacheFolder, { recursive: true });
    return names.sort();
  }

  /** Bytes of a file of the cache, of which the end of the path is known; 0 where it is not there. */
  async sizeOf(pathEnd: string): Promise<number> {
    const name = (await this.cachedNames()).find((path) => path.endsWith(pathEnd));
    return name === undefined ? 0 : (await stat(join(this.cacheFolder, name))).size;
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    await rm(this.cacheFolder, { recursive: true });
  }
}

/** Fails unless the folder is tiny-m2m100, byte for byte, and nothing else. */
export async function expectTiny(folder: string): Promise<void> {
  expect((await readdir(folder)).sort()).toEqual([...TINY_NAMES, 'hub-snapshot.json'].sort());
  for (const [name, content] of TINY_FILES)
    expect(content.equals(await readFile(join(folder, name))), name).toBe(true);
}
