import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';
import type { MetricDescription } from './metrics.js';

const FOLDER = new URL('../../../deploy/observability/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(read('dashboard.json')) as { readonly panels: readonly Panel[] };

/** Names of series as Prometheus stores them. */
function seriesNames({ name, kind }: MetricDescription): string[] {
  return kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/** What looks like one of our metrics in a query or a text. */
function namesIn(text: string): string[] {
  return [...new Set(text.match(/\b(?:translation|http_server|nodejs|process)_[a-z0-9_]+/g))];
}

describe('deploy/observability', () => {
  it.each(['alerts.yaml', 'alerts.test.yaml', 'dashboard.json'])(
    'names in %s only series that exist',
    async (file) => {
      const known = new Set((await new Metrics().describe()).flatMap(seriesNames));
      const named = namesIn(read(file));
      expect(named.length).toBeGreaterThan(5);
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    },
  );

  it('asks in every query of the dashboard for labels that the metric has', async () => {
    const labels = new Map(
      (await new Metrics().describe()).flatMap((metric) =>
        seriesNames(metric).map((name) => [name, metric.labels] as const),
      ),
    );
    const scraped = ['job', 'instance', 'le'];
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    for (const query of queries) {
      const known = namesIn(query).flatMap((name) => labels.get(name) ?? []);
      const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(',').map((label) => label.trim()),
      );
      const matched = [...query.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
      for (const label of [...grouped, ...matched])
        expect([...known, ...scraped], query).toContain(label);
    }
  });

  it('lays the panels out side by side, none over another', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    panels.forEach(({ gridPos: one, title }, index) => {
      expect(one.x + one.w, title).toBeLessThanOrEqual(24);
      for (const { gridPos: other } of panels.slice(index + 1)) {
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        expect(apart, title).toBe(true);
      }
    });
    for (const { targets, title, type } of panels)
      if (type !== 'row') expect(targets?.length ?? 0, title).toBeGreaterThan(0);
  });

  it('has an alert tested for each that it has', () => {
    const alerts = [...read('alerts.yaml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    const woken = [...read('alerts.test.yaml').matchAll(/alertname: (\w+)\n\s+exp_alerts/g)].map(
      ([, name]) => name,
    );
    expect(alerts.length).toBeGreaterThan(5);
    expect([...new Set(woken)].sort()).toEqual([...alerts].sort());
  });
});
