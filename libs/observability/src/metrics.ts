import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricOfKind, type MetricRow } from './metric-table.js';

/** The service's metrics, made from the table, together with Node's own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  /** Values that live elsewhere and are read when somebody asks. */
  readonly #readings = new Map<MetricOfKind<'counter' | 'gauge'>, () => number>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const [name, row] of Object.entries(METRICS)) this.#register(name, row);
  }

  /** Content type of `expose`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  count(name: MetricOfKind<'counter'>, labelValue?: string): void {
    this.#counters.get(name)?.inc(labelsOf(METRICS[name], labelValue), 1);
  }

  observe(name: MetricOfKind<'histogram'>, value: number): void {
    this.#histograms.get(name)?.observe(value);
  }

  /** Takes a gauge, or the running total of a counter, from `read` whenever the metrics are asked for. */
  readFrom(name: MetricOfKind<'counter' | 'gauge'>, read: () => number): void {
    this.#readings.set(name, read);
  }

  /** Prometheus' text format. */
  async expose(): Promise<string> {
    for (const [name, read] of this.#readings) {
      this.#gauges.get(name)?.set(read());
      const counter = this.#counters.get(name);
      counter?.reset();
      counter?.inc(read());
    }
    return this.#registry.metrics();
  }

  #register(name: string, row: MetricRow): void {
    const options = {
      name,
      help: row.help,
      labelNames: row.label === undefined ? [] : [row.label.name],
      registers: [this.#registry],
    };
    if (row.kind === 'histogram') {
      this.#histograms.set(name, new Histogram({ ...options, buckets: [...row.buckets] }));
    } else if (row.kind === 'gauge') {
      this.#gauges.set(name, new Gauge(options));
    } else {
      const counter = new Counter(options);
      for (const value of row.label?.values ?? []) counter.inc(labelsOf(row, value), 0);
      this.#counters.set(name, counter);
    }
  }
}

function labelsOf(row: MetricRow, value: string | undefined): Record<string, string> {
  return row.label === undefined || value === undefined ? {} : { [row.label.name]: value };
}
