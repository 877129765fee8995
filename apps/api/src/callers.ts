import type { Caller } from '#libs/batching';
import { ApiKey } from '#libs/config';
import { TranslationError } from '#libs/domain';

/** Those who may translate: everybody, or whoever has a key. */
export class Callers {
  readonly #callers: ReadonlyMap<ApiKey, Caller>;

  constructor(keys: readonly ApiKey[]) {
    const allShares = keys.reduce((sum, { share }) => sum + share, 0);
    this.#callers = new Map(
      keys.map((key) => [key, { name: key.name, share: key.share, allShares }]),
    );
  }

  /** Whether nobody needs a key. */
  get areAnonymous(): boolean {
    return this.#callers.size === 0;
  }

  /**
   * Whose key it is; undefined where nobody needs one. Throws `unauthorized` for a key that is not there or
   * that nobody has. Each key is compared, and in constant time: how long it takes says nothing of them.
   *
   * @param refusal what an error says, where a dialect has its own words
   */
  identify(key: string | undefined, refusal = refusalOf(key)): Caller | undefined {
    if (this.areAnonymous) return undefined;
    const digest = ApiKey.digestOf(key ?? '');
    let caller: Caller | undefined;
    for (const [candidate, owner] of this.#callers) if (candidate.hasDigest(digest)) caller = owner;
    if (caller === undefined) throw new TranslationError('unauthorized', refusal);
    return caller;
  }
}

function refusalOf(key: string | undefined): string {
  return key === undefined
    ? 'This service asks for a key. Send it as Authorization: Bearer KEY, or as X-API-Key: KEY.'
    : 'Nobody has this key. Ask the operator of this service for one.';
}
