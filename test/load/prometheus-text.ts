import type { Scrape } from '#libs/load-testing';

/**
 * A percentile of what a histogram without labels has observed between two scrapes, taken evenly within its
 * bucket, as Prometheus' `histogram_quantile` does. Undefined where it has observed nothing.
 */
export function percentileBetween(
  before: Scrape,
  after: Scrape,
  name: string,
  percentile: number,
): number | undefined {
  const buckets = [...after.keys()]
    .filter((series) => series.startsWith(`${name}_bucket{`))
    .map((series) => {
      const [, edge = ''] = /le="([^"]+)"/.exec(series) ?? [];
      const edgeValue = edge === '+Inf' ? Infinity : Number(edge);
      return { edge: edgeValue, count: (after.get(series) ?? 0) - (before.get(series) ?? 0) };
    })
    .sort((one, other) => one.edge - other.edge);
  const rank = ((buckets.at(-1)?.count ?? 0) * percentile) / 100;
  if (rank === 0) return undefined;
  let lower = { edge: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count < rank) {
      lower = bucket;
      continue;
    }
    if (bucket.edge === Infinity) return lower.edge;
    const part = (rank - lower.count) / (bucket.count - lower.count);
    return lower.edge + part * (bucket.edge - lower.edge);
  }
  return undefined;
}
