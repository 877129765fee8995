import { inspect } from 'node:util';

const SHOWN = '[set, not shown]';

/**
 * A value that is never to be seen: whatever writes it, a log, JSON or a template, gets a placeholder. Who
 * needs it asks for it by name.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return SHOWN;
  }

  toString(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
