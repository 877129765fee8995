/** One metric: its kind, what it says, and every value that its labels can take. */
export type MetricRow = {
  readonly help: string;
  /**
   * All values are known beforehand: no caller can make a series, and every series is there from the start,
   * as 0.
   */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** The combinations of label values that exist; all of them where it is not there. */
  readonly series?: readonly Readonly<Record<string, string>>[];
} & (
  | { readonly kind: 'counter' }
  | { readonly kind: 'gauge' }
  | { readonly kind: 'histogram'; readonly buckets: readonly number[] }
);

/** The label values of every series of a metric. */
export function seriesOf(row: MetricRow): readonly Readonly<Record<string, string>>[] {
  if (row.series !== undefined) return row.series;
  let series: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(row.labels ?? {}))
    series = series.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value })));
  return series;
}
