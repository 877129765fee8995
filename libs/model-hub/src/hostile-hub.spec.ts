import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectTiny, HubFetching, TINY_FILES } from '../../../test/support/hub-fetching.js';
import { type HubRequest, sendJson, treeEntry } from '../../../test/support/local-hub.js';

const WEIGHTS = 'model.safetensors';
const SIZE = TINY_FILES.get(WEIGHTS)!.length;

let fetching: HubFetching;
beforeEach(async () => {
  fetching = await HubFetching.start();
});
afterEach(() => fetching.stop());

type Answer = (response: ServerResponse, request: HubRequest) => void;

/** Answers requests of a kind in the hub's place. */
function answer(kind: HubRequest['kind'], reply: Answer, path = ''): void {
  fetching.hub.intercept = (request, response) => {
    if (request.kind !== kind || (path !== '' && request.path !== path)) return false;
    reply(response, request);
    return true;
  };
}

/** The listing of tiny-m2m100 with some entries put in front. */
function listWith(...entries: object[]): void {
  const honest = [...TINY_FILES].map(([path, content]) => treeEntry(path, content));
  answer('tree', (response) => {
    sendJson(response, [...entries, ...honest]);
  });
}

/** Writes as fast as is read, until nobody reads any more. */
function pour(response: ServerResponse, chunk: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

describe('a hostile hub', () => {
  it.each(['info', 'resolve'] as const)('cannot redirect %s in circles', async (kind) => {
    answer(kind, (response, { url }) => {
      response.writeHead(302, { location: url }).end();
    });
    expect(await fetching.fault()).toMatch(/redirects more than 5 times/);
    expect(fetching.hub.requests.filter((request) => request.kind === kind)).toHaveLength(6);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://ada:pass@127.0.0.1/', 'http://['])(
    'cannot redirect to %s',
    async (location) => {
      answer('resolve', (response) => {
        response.writeHead(302, { location }).end();
      });
      expect(await fetching.fault()).toContain('redirects to where it must not');
    },
  );

  it.each([
    '../config.json',
    '/etc/passwd',
    'a/../../b',
    'a//b',
    'a\\..\\b',
    'C:evil',
    'nul\0',
    '',
    '.',
    'x'.repeat(300),
    7,
  ])('cannot list a file as %j', async (path) => {
    listWith({ type: 'file', path, size: 1, oid: '0'.repeat(40) });
    expect(await fetching.fault()).toMatch(
      /lists a file with the name .*Nothing is fetched from it/,
    );
    expect(fetching.hub.requests.some(({ kind }) => kind === 'resolve')).toBe(false);
  });

  it.each(['../model.safetensors', '/etc/passwd', 'a/b.safetensors', 'config.json', ''])(
    'cannot name the shard %j',
    async (shard) => {
      const index = Buffer.from(JSON.stringify({ weight_map: { 'model.shared.weight': shard } }));
      const files = new Map([...TINY_FILES, ['model.safetensors.index.json', index]]);
      files.delete(WEIGHTS);
      fetching.hub.push(files);
      expect(await fetching.fault()).toContain('it must be the file name of a shard');
    },
  );

  it.each([
    ['no list', { error: 'x' }],
    ['null', null],
    ['entries of null', [null]],
    ['sizes below nothing', [{ type: 'file', path: 'config.json', size: -1, oid: '0'.repeat(40) }]],
    ['sizes of text', [{ type: 'file', path: 'config.json', size: '1', oid: '0'.repeat(40) }]],
    ['no hashes', [{ type: 'file', path: 'config.json', size: 1 }]],
    [
      'short hashes',
      [{ type: 'file', path: 'a', size: 1, oid: 'x', lfs: { oid: 'abc', size: 1 } }],
    ],
  ])('is not understood with %s', async (_name, list) => {
    answer('tree', (response) => {
      sendJson(response, list);
    });
    expect(await fetching.fault()).toMatch(
      /in a form that is not a Hugging Face hub's|lists a file/,
    );
  });

  it.each([{}, null, { sha: '../../x' }, { sha: 7 }])(
    'is not understood when it says of the model %j',
    async (info) => {
      answer('info', (response) => {
        sendJson(response, info);
      });
      expect(await fetching.fault()).toContain("in a form that is not a Hugging Face hub's");
    },
  );

  it('is not understood when it sends no JSON', async () => {
    answer('info', (response) => {
      response.end('<html>Sign in to the network</html>');
    });
    expect(await fetching.fault()).toContain('is not valid JSON');
  });

  it('cannot fill the disk: what it lists has to fit', async () => {
    const config = { type: 'file', path: 'model.safetensors', size: 2 ** 52, oid: '0'.repeat(40) };
    const honest = [...TINY_FILES].map(([path, content]) => treeEntry(path, content));
    answer('tree', (response) => {
      sendJson(response, [
        ...honest.filter((entry) => !('lfs' in entry)),
        ...honest.slice(4, 5),
        config,
      ]);
    });
    expect(await fetching.fault()).toMatch(
      /^The download needs \d+\.\d MB, and .* has \d+\.\d MB free\. Make room, or set CACHE_DIR/,
    );
  });

  it('cannot make a configuration of a gigabyte', async () => {
    listWith();
    const honest = [...TINY_FILES].map(([path, content]) => treeEntry(path, content));
    const large = { type: 'file', path: 'config.json', size: 2 ** 30, oid: '0'.repeat(40) };
    answer('tree', (response) => {
      sendJson(response, [...honest, large]);
    });
    expect(await fetching.fault()).toContain(
      'config.json of tester/tiny-m2m100@main has 1073741824 bytes',
    );
  });

  it('cannot list without end', async () => {
    answer('tree', (response, { url }) => {
      sendJson(response, [], { link: `<${fetching.hub.endpoint}${url}>; rel="next"` });
    });
    expect(await fetching.fault()).toContain('has more files in');
    expect(fetching.hub.requests.length).toBeLessThan(15);
  });

  it('cannot have its list read from another host', async () => {
    answer('tree', (response, { url }) => {
      sendJson(response, [], { link: `<${fetching.hub.blobHost}${url}>; rel="next"` });
    });
    expect(await fetching.fault()).toContain('lists them elsewhere');
  });

  it('cannot fill the memory with a list', async () => {
    answer('info', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      pour(response, ' '.repeat(65_536));
    });
    expect(await fetching.fault()).toContain('answers with more than 4194304 bytes');
  });

  it('cannot send a file without end', async () => {
    answer(
      'blob',
      (response) => {
        response.writeHead(200);
        pour(response, 'x'.repeat(65_536));
      },
      WEIGHTS,
    );
    expect(await fetching.fault()).toContain(`sends more than ${SIZE} bytes for ${WEIGHTS}`);
  });

  it.each([
    ['a longer file', 200, { 'content-length': String(SIZE + 1) }],
    ['a shorter file', 200, { 'content-length': String(SIZE - 1) }],
    ['a range nobody asked for', 206, { 'content-range': `bytes 5-${SIZE - 1}/${SIZE}` }],
    ['a range without its place', 206, {}],
    ['a compressed file', 200, { 'content-encoding': 'gzip' }],
  ])('cannot announce %s', async (_name, status, headers) => {
    answer(
      'blob',
      (response) => {
        response.writeHead(status, headers);
        response.write('x');
      },
      WEIGHTS,
    );
    expect(await fetching.fault()).toMatch(/ sends .* for model\.safetensors of tester/);
  });

  it('cannot send another file of the same size', async () => {
    answer(
      'blob',
      (response) => {
        response.end(Buffer.alloc(SIZE));
      },
      WEIGHTS,
    );
    expect(await fetching.fault()).toMatch(
      /^model\.safetensors arrived with another content than the hub lists: its sha256 is not [0-9a-f]{64}\. It was thrown away\./,
    );
    fetching.hub.intercept = () => false;
    await expectTiny(await fetching.fetch());
  });

  it('cannot send another small file either', async () => {
    const size = TINY_FILES.get('vocab.json')!.length;
    answer(
      'resolve',
      (response) => {
        response.end('{}'.padEnd(size));
      },
      'vocab.json',
    );
    expect(await fetching.fault()).toMatch(/its git-sha1 is not [0-9a-f]{40}\./);
  });

  it('cannot flood with headers', async () => {
    answer('info', (response) => {
      for (let i = 0; i < 100; i++) response.setHeader(`x-flood-${i}`, 'x'.repeat(1000));
      response.end('{}');
    });
    expect(await fetching.fault()).toContain('sends more headers than are allowed');
  });

  it('cannot answer with something that is no HTTP', async () => {
    answer('info', (response) => {
      response.socket?.end('SSH-2.0-OpenSSH_9.0\r\n');
    });
    expect(await fetching.fault()).toContain('could not be understood');
  });
});

describe('a hub that takes its time', () => {
  it('cannot keep its headers for itself', async () => {
    answer('info', () => undefined);
    const limits = { answerTimeoutMs: 150, listAttempts: 2 };
    expect(await fetching.fault({}, { limits })).toMatch(
      /did not answer in time\. This was tried 2 times/,
    );
  });

  it('cannot trickle a list', async () => {
    answer('info', (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const limits = { answerTimeoutMs: 300, listAttempts: 1 };
    expect(await fetching.fault({}, { limits })).toMatch(
      /did not answer in time\. This was tried once/,
    );
  });

  it('cannot fall silent within a file', async () => {
    answer(
      'blob',
      (response) => {
        response.writeHead(200, { 'content-length': SIZE });
        response.write('x');
      },
      WEIGHTS,
    );
    const limits = { idleTimeoutMs: 150, fileAttempts: 2 };
    expect(await fetching.fault({}, { limits })).toMatch(
      /stopped sending\. This was tried 2 times/,
    );
  });

  it('cannot trickle a file', async () => {
    answer(
      'blob',
      (response) => {
        response.writeHead(200, { 'content-length': SIZE });
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => {
          clearInterval(timer);
        });
      },
      WEIGHTS,
    );
    const limits = { slowWindowMs: 200, fileAttempts: 1 };
    expect(await fetching.fault({}, { limits })).toMatch(/sent only \d+ bytes within 0\.2 s\./);
  });
});
