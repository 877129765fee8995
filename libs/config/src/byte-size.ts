/** Decimal units after the SI, binary ones after IEC 80000-13. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Bytes of `500`, `500kB`, `1.5 MiB`, units in any case; undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?([a-z]{1,3})?$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? 'b'];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  // A fraction of a byte is no size; of a unit it is.
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}

/** The shortest binary form that loses nothing: `2 MiB`, else bytes. */
export function formatByteSize(bytes: number): string {
  for (const [name, unit] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit} ${name}`;
  }
  return `${bytes} B`;
}
