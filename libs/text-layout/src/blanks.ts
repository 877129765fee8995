const READABLE = /[\p{L}\p{N}]/u;

/** Whether a text has anything in it that a model could translate. */
export function isReadable(text: string): boolean {
  return READABLE.test(text);
}

/** The index of the first letter, number or atom; the length where there is none. */
export function firstReadable(text: string): number {
  const index = text.search(/[\p{L}\p{N}\ufffc]/u);
  return index < 0 ? text.length : index;
}

/** The index behind the last letter, number or atom; 0 where there is none. */
export function endOfReadable(text: string): number {
  let end = text.length;
  while (end > 0) {
    const isLow = /[\udc00-\udfff]/.test(text.charAt(end - 1));
    const start = end - (isLow ? 2 : 1);
    if (/[\p{L}\p{M}\p{N}\ufffc]/u.test(text.slice(start, end))) return end;
    end = start;
  }
  return 0;
}
