import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { OperatorError } from '#libs/domain';

/** Best first. */
const ENCODINGS = ['br', 'gzip'] as const;

export type PageEncoding = (typeof ENCODINGS)[number] | 'identity';

/** A file of the page, in every form that it may be asked for. */
export interface PageFile {
  readonly contentType: string;
  /** Whether the file's name changes with its content. */
  readonly isImmutable: boolean;
  readonly bodies: Readonly<Record<PageEncoding, PageBody>>;
}

export interface PageBody {
  readonly bytes: Buffer;
  /** Strong, from the content: equal in every replica of one version, whatever the files' times are. */
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where the build puts `index.html`, and in `page` all that it asks for. */
const BUILT_FOLDER = new URL('../../../page/', import.meta.url).pathname;

/** The page's files, in memory: there are few of them, they are small, and no request names a path. */
export class PageFiles {
  private constructor(
    readonly index: PageFile,
    private readonly assets: ReadonlyMap<string, PageFile>,
  ) {}

  /** Throws an `OperatorError` where the page has not been built. */
  static async load(folder: string = BUILT_FOLDER): Promise<PageFiles> {
    try {
      const names = await readdir(join(folder, 'page'));
      const assets = await Promise.all(
        names.map(
          async (name) => [name, await loadFile(join(folder, 'page', name), true)] as const,
        ),
      );
      return new PageFiles(await loadFile(join(folder, 'index.html'), false), new Map(assets));
    } catch (error) {
      throw new OperatorError(
        `The page cannot be read from ${folder}: ${(error as Error).message}. Build it with "npm run build", or set PAGE to off.`,
        { cause: error },
      );
    }
  }

  /** Undefined where there is none of that name. */
  asset(name: string): PageFile | undefined {
    return this.assets.get(name);
  }
}

/**
 * The best encoding that a client takes.
 *
 * Source: RFC 9110, section 12.5.3; weights count where they are 0, our order in all other cases.
 */
export function acceptedEncoding(header: string | undefined): PageEncoding {
  const refused = /;\s*q=0(\.0*)?\s*$/i;
  const accepted = (header ?? '')
    .split(',')
    .filter((item) => !refused.test(item))
    .map((item) => item.split(';', 1)[0]?.trim().toLowerCase());
  return ENCODINGS.find((encoding) => accepted.includes(encoding)) ?? 'identity';
}

/** Whether a client has this already. Source: RFC 9110, section 13.1.2. */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

async function loadFile(path: string, isImmutable: boolean): Promise<PageFile> {
  const bytes = await readFile(path);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const bodyOf = (encoding: PageEncoding, encoded: Buffer): PageBody => ({
    bytes: encoded,
    etag: `"${hash}-${encoding}"`,
  });
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    isImmutable,
    bodies: {
      br: bodyOf('br', await promisify(brotliCompress)(bytes)),
      gzip: bodyOf('gzip', await promisify(gzip)(bytes, { level: 9 })),
      identity: bodyOf('identity', bytes),
    },
  };
}
