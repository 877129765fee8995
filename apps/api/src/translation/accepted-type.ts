export const NDJSON_MEDIA_TYPE = 'application/x-ndjson';

/**
 * Whether a caller asks for lines rather than one object: it names NDJSON, and JSON not with a higher weight.
 *
 * Source: RFC 9110, section 12.5.1.
 */
export function prefersNdjson(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const range of (accept ?? '').toLowerCase().split(',', 32)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(type, quality === undefined ? 1 : Number(quality) || 0);
  }
  const ndjson = weights.get(NDJSON_MEDIA_TYPE) ?? 0;
  return ndjson > 0 && ndjson >= (weights.get('application/json') ?? 0);
}
