/** A JSON object, as opposed to a list, a value or null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a JSON value is, in words that give nothing of it away. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const kind = typeof value;
  return kind === 'object' ? 'an object' : `a ${kind}`;
}

/** JSON pointer to `key` inside what `pointer` names (RFC 6901, section 3). Absurdly long keys are cut. */
export function childPointer(pointer: string, key: string | number): string {
  const name = String(key);
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  return `${pointer}/${shown.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
