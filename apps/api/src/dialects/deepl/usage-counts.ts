import type { Caller } from '#libs/batching';
import { billedCharacters } from './billed-characters.js';

/** Characters that each caller has had translated, since the start of this process. */
export class UsageCounts {
  readonly #counts = new Map<Caller | undefined, number>();

  of(caller: Caller | undefined): number {
    return this.#counts.get(caller) ?? 0;
  }

  /** @param caller undefined where callers are not told apart */
  add(caller: Caller | undefined, texts: readonly string[]): void {
    const characters = texts.reduce((sum, text) => sum + billedCharacters(text), 0);
    this.#counts.set(caller, this.of(caller) + characters);
  }
}
