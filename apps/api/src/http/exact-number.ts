/**
 * A JSON number as it is written, where a double would change it: 12345678901234567890, 1.0, -0. Node 20 has
 * neither `JSON.rawJSON` nor the source text in revivers (ECMAScript's JSON.parse source text access).
 */
export class ExactNumber {
  constructor(readonly literal: string) {}
}

const WHITESPACE = ' \t\n\r';
const PUNCTUATION = '{}[],:';

interface Container {
  /** Undefined inside an array. */
  key: string | undefined;
  index: number;
  readonly isArray: boolean;
  readonly value: unknown;
}

/**
 * Puts an `ExactNumber` in the place of every number under the key `name` that JSON.stringify would write
 * otherwise.
 *
 * @param text a valid JSON text
 * @param root what JSON.parse makes of it; it is changed
 */
export function keepExactNumbers(text: string, root: unknown, name: string): unknown {
  const open: Container[] = [];
  let isKey = false;
  for (const token of tokensOf(text)) {
    const parent = open.at(-1);
    switch (token) {
      case '{':
      case '[':
        open.push({
          key: undefined,
          index: 0,
          isArray: token === '[',
          value: childOf(parent, root),
        });
        isKey = token === '{';
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (parent !== undefined) parent.index++;
        isKey = parent?.isArray === false;
        break;
      case ':':
        isKey = false;
        break;
      default:
        if (isKey && parent !== undefined) parent.key = JSON.parse(token) as string;
        else if (parent?.key === name) keepExact(parent.value, name, token);
    }
  }
  return root;
}

/** The tokens of a valid JSON text: strings, brackets and separators, numbers and words. */
function* tokensOf(text: string): Generator<string> {
  for (let start = 0, end: number; start < text.length; start = end) {
    end = start + 1;
    const first = text.charAt(start);
    if (WHITESPACE.includes(first)) continue;
    if (first === '"') end = endOfString(text, start);
    else if (!PUNCTUATION.includes(first)) {
      while (end < text.length && !(WHITESPACE + PUNCTUATION).includes(text.charAt(end))) end++;
    }
    yield text.slice(start, end);
  }
}

/** Index after the quote that ends the string at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

function childOf(parent: Container | undefined, root: unknown): unknown {
  if (parent === undefined) return root;
  const place = parent.isArray ? parent.index : parent.key;
  return isRecord(parent.value) && place !== undefined ? parent.value[place] : undefined;
}

/** Where a key comes twice the last one counts, here as in JSON.parse. */
function keepExact(holder: unknown, name: string, literal: string): void {
  if (!isRecord(holder)) return;
  const present = holder[name];
  const value = present instanceof ExactNumber ? Number(present.literal) : present;
  if (!Number.isFinite(value) || Number(literal) !== value) return;
  holder[name] = JSON.stringify(value) === literal ? value : new ExactNumber(literal);
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
