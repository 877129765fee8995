import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { METRICS } from './metric-table.js';
import type { MetricRow } from './metric-row.js';
import { type MetricDescription, Metrics } from './metrics.js';

const PAGE = new URL('../../../docs/metrics.md', import.meta.url).pathname;

const HEAD = `# Metrics

\`GET /metrics\` answers in Prometheus' text format. Every series of the first table is there from the start, as 0; no
label takes a value from a caller. Where there are several engines, a metric is the sum over them unless it says otherwise.

`;

const FOOT = `

- \`translation_backlog_seconds\` is what to scale on: seconds of work mean the same on any machine, with any model and any size of request. Add \`translation_active_rows / translation_row_capacity\` to add a replica before there is a queue.
- The \`reason\` of a rejection is the code of the error that the caller got ([errors](errors.md)).
- The use of the engines is \`rate(translation_engine_busy_seconds_total[5m]) / translation_engine_up\`; the mean number of rows in a step is \`rate(translation_batch_rows_sum[5m]) / rate(translation_batch_rows_count[5m])\`.
- \`nodejs_eventloop_delay_seconds\` is a histogram since the start, so any window of it can be looked at and replicas can be added up. Node's own \`nodejs_eventloop_lag_*\` are summaries since the last scrape: two scrapers take them from each other.
- The rows of \`http_server_request_duration_seconds\` are the routes of the service; all that is asked for besides, the pages of \`/docs\` among it, is \`route="other"\`. Statuses without a series of their own count as the x00 of their class (RFC 9110, section 15). 499 is a client that went away.
- A dashboard and alert rules are in \`deploy/observability\`.
- This page is made from \`libs/observability/src/metric-table.ts\`: \`npx vitest run libs/observability -u\` writes it anew.
`;

function labelsOf({ name, labels }: MetricDescription): string {
  const row: MetricRow | undefined = (METRICS as Record<string, MetricRow>)[name];
  const described = labels.map((label) => {
    const values = row?.labels?.[label] ?? [];
    return values.length === 0
      ? `\`${label}\``
      : `\`${label}\`: ${values.map((value) => `\`${value}\``).join(', ')}`;
  });
  return described.length === 0 ? '–' : described.join('; ');
}

function tableOf(metrics: readonly MetricDescription[]): string {
  const rows = metrics.map((metric) =>
    [`\`${metric.name}\``, metric.kind, labelsOf(metric), metric.help].join(' | '),
  );
  return ['metric | type | labels | meaning', '--- | --- | --- | ---', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n');
}

async function page(): Promise<string> {
  const all = await new Metrics().describe();
  const ours = tableOf(all.filter(({ name }) => name in METRICS));
  const nodes = tableOf(all.filter(({ name }) => !(name in METRICS)));
  const text = `${HEAD}${ours}\n\n## Node's own\n\nOf the service process; the engines are processes of their own.\n\n${nodes}\n\n## Notes\n${FOOT}`;
  const config = await resolveConfig(PAGE);
  return format(text, { ...config, filepath: PAGE });
}

describe('docs/metrics.md', () => {
  it('is the metric table', async () => {
    await expect(await page()).toMatchFileSnapshot(PAGE);
  });
});
