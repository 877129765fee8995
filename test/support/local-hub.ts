import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A request that the hub or its blob host got. */
export interface HubRequest {
  readonly kind: 'info' | 'tree' | 'resolve' | 'blob' | 'other';
  readonly url: string;
  /** The file that is asked for; empty where none is. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

interface HubRepository {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface LocalHubOptions {
  /** Files of the model by path. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly name?: string;
  /** Where it is set, the model is private to whoever sends it. */
  readonly token?: string;
  /** Entries of the tree that a page has. */
  readonly pageSize?: number;
}

const LFS_NAMES = /\.(?:safetensors|bin|model|onnx(?:_data)?)$/;

/** The files of a folder, by name. */
export function filesOf(folder: string, names?: readonly string[]): Map<string, Buffer> {
  const chosen = names ?? readdirSync(folder);
  return new Map(chosen.map((name) => [name, readFileSync(join(folder, name))]));
}

/**
 * A Hugging Face hub with one model, as far as fetching needs one: what it answers has the form that the
 * real one's answers have. Large files are redirected to a blob host on another port, which refuses
 * credentials that are not meant for it.
 */
export class LocalHub {
  /** Answers in the hub's place where it returns true. */
  intercept: (request: HubRequest, response: ServerResponse) => boolean = () => false;
  /** After how many bytes of a body the connection is cut; undefined for not at all. */
  cutAfter: (request: HubRequest, bodyBytes: number) => number | undefined = () => undefined;
  readonly requests: HubRequest[] = [];
  /** Bytes of files, not of lists, that went out. */
  sentBytes = 0;

  readonly endpoint: string;
  readonly blobHost: string;

  private constructor(
    readonly name: string,
    private repository: HubRepository,
    private readonly options: LocalHubOptions,
    private readonly servers: readonly [hub: Server, blobs: Server],
  ) {
    this.endpoint = addressOf(servers[0]);
    this.blobHost = addressOf(servers[1]);
    servers[0].on('request', (...pair) => {
      this.#answer(...pair, (request, response) => {
        this.#answerAsHub(request, response);
      });
    });
    servers[1].on('request', (...pair) => {
      this.#answer(...pair, (request, response) => {
        this.#answerAsBlobHost(request, response);
      });
    });
  }

  static async start(options: LocalHubOptions): Promise<LocalHub> {
    const servers = [createServer(), createServer()] as const;
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    const { name = 'tester/tiny-m2m100', files } = options;
    return new LocalHub(name, { commit: commitOf(files), files }, options, servers);
  }

  get commit(): string {
    return this.repository.commit;
  }

  /** What was asked for since the last call. */
  takeRequests(): HubRequest[] {
    return this.requests.splice(0);
  }

  /** A new commit on the branch. */
  push(files: ReadonlyMap<string, Buffer>): void {
    this.repository = { commit: commitOf(files), files };
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  }

  #answer(
    message: IncomingMessage,
    response: ServerResponse,
    answer: (request: HubRequest, response: ServerResponse) => void,
  ): void {
    const request = readRequest(message);
    this.requests.push(request);
    if (!this.intercept(request, response)) answer(request, response);
  }

  #answerAsHub(request: HubRequest, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url, this.endpoint);
    if (!pathname.includes(`/${this.name}/`)) {
      refuse(response, 401, 'RepoNotFound');
      return;
    }
    if (
      this.options.token !== undefined &&
      request.authorization !== `Bearer ${this.options.token}`
    ) {
      refuse(response, 401, 'RepoNotFound');
      return;
    }
    const revision = decodeURIComponent(
      /\/(?:revision|tree|resolve)\/([^/]+)/.exec(pathname)?.[1] ?? '',
    );
    if (!['main', 'v1.0', this.commit].includes(revision)) {
      refuse(response, 404, 'RevisionNotFound');
      return;
    }
    if (request.kind === 'info') {
      sendJson(response, this.#info());
      return;
    }
    if (request.kind === 'tree') {
      this.#sendTree(searchParams, response);
      return;
    }
    this.#resolve(request, response);
  }

  #info(): object {
    const { name, commit } = this;
    const siblings = [...this.repository.files.keys()].map((rfilename) => ({ rfilename }));
    const lastModified = '2026-01-01T00:00:00.000Z';
    return {
      _id: 'x',
      id: name,
      private: false,
      gated: false,
      sha: commit,
      lastModified,
      siblings,
    };
  }

  #sendTree(search: URLSearchParams, response: ServerResponse): void {
    const entries = [...this.repository.files].map(([path, content]) => treeEntry(path, content));
    const from = Number(search.get('cursor') ?? 0);
    const to = from + (this.options.pageSize ?? entries.length);
    const next = `${this.endpoint}/api/models/${this.name}/tree/${this.commit}?recursive=true&cursor=${to}`;
    const link = to < entries.length ? { link: `<${next}>; rel="next"` } : {};
    sendJson(response, entries.slice(from, to), link);
  }

  #resolve(request: HubRequest, response: ServerResponse): void {
    const content = this.repository.files.get(request.path);
    if (content === undefined) {
      refuse(response, 404, 'EntryNotFound');
      return;
    }
    const { commit } = this;
    if (!LFS_NAMES.test(request.path)) {
      response.setHeader('x-repo-commit', commit);
      this.#sendBytes(request, response, content, gitBlobId(content));
      return;
    }
    const sha256 = sha256Of(content);
    response.writeHead(302, {
      location: `${this.blobHost}/blobs/${sha256}?signature=abc&file=${encodeURIComponent(request.path)}`,
      'x-linked-etag': `"${sha256}"`,
      'x-linked-size': content.length,
      'x-repo-commit': commit,
    });
    response.end();
  }

  #answerAsBlobHost(request: HubRequest, response: ServerResponse): void {
    if (request.authorization !== undefined) {
      refuse(response, 400, 'InvalidArgument');
      return;
    }
    const content = this.repository.files.get(request.path);
    if (content === undefined) {
      refuse(response, 403, 'AccessDenied');
      return;
    }
    this.#sendBytes(request, response, content, sha256Of(content).slice(0, 32));
  }

  #sendBytes(request: HubRequest, response: ServerResponse, content: Buffer, etag: string): void {
    const from = Number(/^bytes=(\d+)-$/.exec(request.range ?? '')?.[1] ?? 0);
    const body = content.subarray(from);
    response.writeHead(request.range === undefined ? 200 : 206, {
      etag: `"${etag}"`,
      'accept-ranges': 'bytes',
      'content-length': body.length,
      ...(request.range === undefined
        ? {}
        : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    const cut = this.cutAfter(request, body.length);
    if (cut === undefined || cut >= body.length) {
      this.sentBytes += body.length;
      response.end(body);
      return;
    }
    this.sentBytes += cut;
    // An empty write would never be called back.
    if (cut === 0) response.flushHeaders();
    response.write(body.subarray(0, cut === 0 ? 0 : cut), () => response.destroy());
    if (cut === 0) response.destroy();
  }
}

/** Answers with a status and no content of use. */
export function refuse(response: ServerResponse, status: number, errorCode?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(errorCode === undefined ? {} : { 'x-error-code': errorCode }),
  });
  response.end(JSON.stringify({ error: 'refused by the local hub' }));
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(value));
}

/** An entry of a tree as the hub lists it. */
export function treeEntry(path: string, content: Buffer): object {
  const size = content.length;
  const plain = { type: 'file', oid: gitBlobId(content), size, path };
  if (!LFS_NAMES.test(path)) return plain;
  return { ...plain, lfs: { oid: sha256Of(content), size, pointerSize: 132 }, xetHash: 'x' };
}

function readRequest({ url = '', headers }: IncomingMessage): HubRequest {
  const { pathname, searchParams } = new URL(url, 'http://local');
  const kind = pathname.startsWith('/blobs/')
    ? 'blob'
    : pathname.includes('/resolve/')
      ? 'resolve'
      : pathname.startsWith('/api/models/')
        ? pathname.includes('/tree/')
          ? 'tree'
          : 'info'
        : 'other';
  const path = searchParams.get('file') ?? /\/resolve\/[^/]+\/(.+)$/.exec(pathname)?.[1] ?? '';
  const { range, authorization } = headers;
  return { kind, url, path: decodeURIComponent(path), range, authorization };
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function commitOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha1');
  for (const [path, content] of files) hash.update(path).update(content);
  return hash.digest('hex');
}

function gitBlobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
