import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectTiny,
  HubFetching,
  TINY_BYTES,
  TINY_FILES,
} from '../../../test/support/hub-fetching.js';

const WEIGHTS = TINY_FILES.get('model.safetensors')!;
/** What a cut may lose: bytes that have arrived and are not on the disk. */
const LOST_BYTES = 64 * 1024;

let fetching: HubFetching;
beforeEach(async () => {
  fetching = await HubFetching.start();
});
afterEach(() => fetching.stop());

describe('fetchModel', () => {
  it('fetches the files that are needed, byte for byte, and counts them', async () => {
    const { hub, notices } = fetching;
    hub.push(new Map([...TINY_FILES, ['README.md', Buffer.alloc(9)], ['tf_model.h5', WEIGHTS]]));
    const done: number[] = [];
    const folder = await fetching.fetch(undefined, {
      onProgress: ({ doneBytes, totalBytes }) => {
        expect(totalBytes).toBe(TINY_BYTES);
        done.push(doneBytes);
      },
    });
    await expectTiny(folder);
    expect(hub.sentBytes).toBe(TINY_BYTES);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(TINY_BYTES);
    expect(notices).toEqual([]);
  });

  it('asks for the commit alone when it has the files, and fetches a new one', async () => {
    const { hub } = fetching;
    const folder = await fetching.fetch();
    hub.takeRequests();
    expect(await fetching.fetch()).toBe(folder);
    expect(hub.takeRequests().map(({ kind }) => kind)).toEqual(['info']);

    hub.push(new Map([...TINY_FILES, ['generation_config.json', Buffer.from('{"num_beams": 4}')]]));
    const newer = await fetching.fetch();
    expect(newer).not.toBe(folder);
    expect(await readFile(join(newer, 'generation_config.json'), 'utf8')).toBe('{"num_beams": 4}');
    await expectTiny(folder);
  });

  it('takes a tag and a commit for a revision; a commit that is there is not asked for', async () => {
    const { hub } = fetching;
    const { commit } = hub;
    await expectTiny(await fetching.fetch({}, { revision: commit }));
    hub.takeRequests();
    await expectTiny(await fetching.fetch({}, { revision: commit }));
    expect(hub.takeRequests()).toEqual([]);
    await expectTiny(await fetching.fetch({}, { revision: 'v1.0' }));
    expect(hub.takeRequests().map(({ kind }) => kind)).toEqual(['info']);
  });

  it('reads a list of files page by page', async () => {
    await fetching.stop();
    fetching = await HubFetching.start({ pageSize: 3 });
    await expectTiny(await fetching.fetch());
    const pages = fetching.hub.requests.filter(({ kind }) => kind === 'tree');
    expect(pages).toHaveLength(Math.ceil(TINY_FILES.size / 3));
  });

  it('fetches again what is cut short in the cache, and nothing else', async () => {
    const { hub } = fetching;
    await truncate(join(await fetching.fetch(), 'vocab.json'), 10);
    hub.sentBytes = 0;
    await expectTiny(await fetching.fetch());
    expect(hub.sentBytes).toBe(TINY_FILES.get('vocab.json')!.length - 10);
  });

  it('throws away a part that is not of the file, and fetches the file from its start', async () => {
    const { hub, notices } = fetching;
    await writeFile(join(await fetching.fetch(), 'model.safetensors'), Buffer.alloc(5000));
    hub.sentBytes = 0;
    await expectTiny(await fetching.fetch());
    expect(hub.sentBytes).toBe(WEIGHTS.length - 5000 + WEIGHTS.length);
    expect(notices).toEqual([expect.stringContaining('another content than the hub lists')]);
  });

  it('ends at a signal, and goes on from there the next time', async () => {
    const { hub } = fetching;
    const controller = new AbortController();
    hub.intercept = ({ kind, path }, response) => {
      if (kind !== 'blob' || path !== 'model.safetensors') return false;
      // As slow as a hub can be.
      response.writeHead(200, { 'content-length': WEIGHTS.length });
      response.write(WEIGHTS.subarray(0, 1000));
      return true;
    };
    const reason = new Error('enough');
    const fetched = fetching.fetch(undefined, {
      signal: controller.signal,
      onProgress: ({ doneBytes }) => {
        if (doneBytes >= TINY_BYTES - WEIGHTS.length) controller.abort(reason);
      },
    });
    await expect(fetched).rejects.toBe(reason);
    hub.intercept = () => false;
    await expectTiny(await fetching.fetch());
  });
});

describe('a cut connection', () => {
  it('costs little, wherever and however often it is cut', async () => {
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 7,
    });
    await fc.assert(
      fc.asyncProperty(places, async (cuts) => {
        const one = await HubFetching.start();
        const left = [...cuts];
        one.hub.cutAfter = ({ path }, bodyBytes) =>
          path === 'model.safetensors' && left.length > 0
            ? Math.floor(left.shift()! * bodyBytes)
            : undefined;
        await expectTiny(await one.fetch());
        expect(one.hub.sentBytes).toBeGreaterThanOrEqual(TINY_BYTES);
        expect(one.hub.sentBytes).toBeLessThanOrEqual(TINY_BYTES + cuts.length * LOST_BYTES);
        await one.stop();
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('ends the fetching when it happens too often, and the next one goes on', async () => {
    const { hub } = fetching;
    hub.cutAfter = ({ kind }) => (kind === 'blob' ? 10_000 : undefined);
    expect(await fetching.fault()).toMatch(
      /cut the connection\. This was tried 8 times\. Try again later; what has arrived is kept\.$/,
    );
    hub.cutAfter = () => undefined;
    await expectTiny(await fetching.fetch());
    expect(hub.sentBytes).toBeLessThanOrEqual(TINY_BYTES + 8 * LOST_BYTES);
  });

  it('leaves nothing that could be taken for a model', async () => {
    fetching.hub.cutAfter = ({ kind }) => (kind === 'blob' ? 10 : undefined);
    await fetching.fault();
    const names = await fetching.cachedNames();
    for (const name of names) expect(name).not.toMatch(/[0-9a-f]{40}(?!\.partial)/);
    expect(names.some((name) => name.endsWith('sentencepiece.bpe.model.partial'))).toBe(true);
  });

  it('in a list is tried again, too', async () => {
    let failures = 2;
    fetching.hub.intercept = ({ kind }, response) => {
      if (kind !== 'tree' || failures-- <= 0) return false;
      response.writeHead(200, { 'content-length': 1000 });
      response.write('[{"type"', () => response.destroy());
      return true;
    };
    await expectTiny(await fetching.fetch());
    expect(fetching.notices).toHaveLength(2);
  });

  it('costs the whole file where the server knows no ranges', async () => {
    const { hub } = fetching;
    let cuts = 2;
    hub.intercept = ({ kind, path }, response) => {
      if (kind !== 'blob' || path !== 'model.safetensors') return false;
      response.writeHead(200, { 'content-length': WEIGHTS.length });
      if (cuts-- > 0) response.write(WEIGHTS.subarray(0, 500_000), () => response.destroy());
      else response.end(WEIGHTS);
      return true;
    };
    await expectTiny(await fetching.fetch());
    const ranges = hub.requests.filter(({ kind, path }) => kind === 'blob' && path !== '');
    expect(ranges.map(({ range }) => range === undefined)).toEqual([true, true, false, false]);
  });
});

describe('processes that fetch at once', () => {
  it('fetch once, and all get the same whole folder', async () => {
    const { hub, notices } = fetching;
    const folders = await Promise.all([fetching.fetch(), fetching.fetch(), fetching.fetch()]);
    expect(new Set(folders).size).toBe(1);
    await expectTiny(folders[0]);
    expect(hub.sentBytes).toBe(TINY_BYTES);
    expect(notices.every((notice) => notice.startsWith('Waiting for process'))).toBe(true);
    expect((await fetching.cachedNames()).filter((name) => name.includes('.partial'))).toEqual([]);
  });
});
