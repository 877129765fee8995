import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { assertInvariant } from '#libs/domain';
import { type MetricRow, seriesOf } from './metric-row.js';
import { type LabelsOf, type MetricName, type MetricOfKind, METRICS } from './metric-table.js';

/** What `/metrics` says of a metric, without its values. */
export interface MetricDescription {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** A value that lives elsewhere and is read when somebody asks. */
interface Reading {
  readonly name: MetricOfKind<'counter' | 'gauge'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly read: () => number;
}

/** The service's metrics, made from the table, together with Node's own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();
  readonly #readings: Reading[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const [name, row] of Object.entries(METRICS)) this.#register(name as MetricName, row);
  }

  /** Content type of `expose`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  count<Name extends MetricOfKind<'counter'>>(
    name: Name,
    labels: LabelsOf<Name>,
    amount = 1,
  ): void {
    this.#counters.get(name)?.inc(labels, amount);
  }

  observe<Name extends MetricOfKind<'histogram'>>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ): void {
    this.#histograms.get(name)?.observe(labels, value);
  }

  /** Takes a gauge, or the running total of a counter, from `read` whenever the metrics are asked for. */
  readFrom<Name extends MetricOfKind<'counter' | 'gauge'>>(
    name: Name,
    labels: LabelsOf<Name>,
    read: () => number,
  ): void {
    this.#readings.push({ name, labels, read });
  }

  /** Prometheus' text format. */
  async expose(): Promise<string> {
    for (const { name, labels, read } of this.#readings) {
      this.#gauges.get(name)?.set(labels, read());
      const counter = this.#counters.get(name);
      if (counter === undefined) continue;
      counter.remove(labels);
      counter.inc(labels, read());
    }
    return this.#registry.metrics();
  }

  /** Every metric that `expose` shows, ours first, then Node's. */
  async describe(): Promise<MetricDescription[]> {
    const all = await this.#registry.getMetricsAsJSON();
    const described = all.map(({ name, type, help }): MetricDescription => {
      const metric = this.#registry.getSingleMetric(name);
      assertInvariant(metric !== undefined, `the registry has lost ${name}`);
      const { labelNames } = metric as unknown as { labelNames: readonly string[] };
      return { name, kind: String(type), labels: labelNames, help };
    });
    const isOurs = ({ name }: MetricDescription): boolean => name in METRICS;
    return [
      ...described.filter(isOurs),
      ...described.filter((description) => !isOurs(description)),
    ];
  }

  #register(name: MetricName, row: MetricRow): void {
    const options = {
      name,
      help: row.help,
      labelNames: Object.keys(row.labels ?? {}),
      registers: [this.#registry],
    };
    if (row.kind === 'histogram') {
      const histogram = new Histogram({ ...options, buckets: [...row.buckets] });
      for (const labels of seriesOf(row)) histogram.zero(labels);
      this.#histograms.set(name, histogram);
    } else if (row.kind === 'gauge') {
      const gauge = new Gauge(options);
      for (const labels of seriesOf(row)) gauge.set(labels, 0);
      this.#gauges.set(name, gauge);
    } else {
      const counter = new Counter(options);
      for (const labels of seriesOf(row)) counter.inc(labels, 0);
      this.#counters.set(name, counter);
    }
  }
}
