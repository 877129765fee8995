import { createHash, timingSafeEqual } from 'node:crypto';

/** A caller's key. Only its hash is kept, so it can be printed nowhere. */
export class ApiKey {
  readonly #digest: Buffer;

  constructor(
    readonly name: string,
    /** What the caller gets of the engines while others wait, in relation to their shares. */
    readonly share: number,
    key: string,
  ) {
    this.#digest = ApiKey.digestOf(key);
  }

  /** SHA-256: of one length whatever the key, so it can be compared in constant time. */
  static digestOf(key: string): Buffer {
    return createHash('sha256').update(key).digest();
  }

  /** Whether the digest is that of this key; takes the same time whatever the answer. */
  hasDigest(digest: Buffer): boolean {
    return timingSafeEqual(this.#digest, digest);
  }
}

const ENTRY = /^(?<name>[a-z0-9_-]{1,32}):(?<key>[A-Za-z0-9._~-]{16,128})(?::(?<share>\d{1,4}))?$/;
const MAX_SHARE = 1000;
const MAX_KEYS = 1000;

/** What `parseApiKeys` takes, in short; docs/configuration.md says more. */
export const API_KEYS_FORM = '`name:key` or `name:key:share`, with commas; keys from 16 characters';

/** The keys of `name:key:share,…`; undefined where the text is not of that form. */
export function parseApiKeys(text: string): readonly ApiKey[] | undefined {
  const entries = text.split(',').map((entry) => ENTRY.exec(entry.trim())?.groups);
  if (entries.length > MAX_KEYS) return undefined;
  const names = new Set<string>();
  const keys = new Set<string>();
  const parsed: ApiKey[] = [];
  for (const entry of entries) {
    const { name, key, share = '1' } = entry ?? {};
    if (name === undefined || key === undefined || names.has(name) || keys.has(key))
      return undefined;
    if (Number(share) < 1 || Number(share) > MAX_SHARE) return undefined;
    names.add(name);
    keys.add(key);
    parsed.push(new ApiKey(name, Number(share), key));
  }
  return parsed;
}
