import { describe, expect, it } from 'vitest';
import { METRICS } from './metric-table.js';
import { Metrics } from './metrics.js';

const linesOf = async (metrics: Metrics): Promise<string[]> => (await metrics.expose()).split('\n');

describe('Metrics', () => {
  it('shows every series of the table from the start, as 0', async () => {
    const lines = await linesOf(new Metrics());
    for (const [name, row] of Object.entries(METRICS)) {
      expect(lines).toContain(`# TYPE ${name} ${row.kind}`);
      expect(lines).toContain(`# HELP ${name} ${row.help}`);
    }
    const values = lines.filter((line) => line.startsWith('translation_'));
    expect(values.length).toBeGreaterThan(Object.keys(METRICS).length);
    expect(values.filter((line) => !line.endsWith(' 0'))).toEqual([]);
    for (const outcome of ['ok', 'invalid', 'rejected', 'expired', 'cancelled', 'error'])
      expect(lines).toContain(`translation_requests_total{outcome="${outcome}"} 0`);
  });

  it('counts by label and observes into buckets', async () => {
    const metrics = new Metrics();
    metrics.count('translation_requests_total', { outcome: 'ok' });
    metrics.count('translation_requests_total', { outcome: 'ok' });
    metrics.count('translation_requests_total', { outcome: 'expired' }, 3);
    metrics.observe('translation_request_duration_seconds', { size_class: '1' }, 0.3);
    const lines = await linesOf(metrics);
    expect(lines).toContain('translation_requests_total{outcome="ok"} 2');
    expect(lines).toContain('translation_requests_total{outcome="expired"} 3');
    expect(lines).toContain(
      'translation_request_duration_seconds_bucket{le="0.25",size_class="1"} 0',
    );
    expect(lines).toContain(
      'translation_request_duration_seconds_bucket{le="0.35",size_class="1"} 1',
    );
    expect(lines).toContain('translation_request_duration_seconds_sum{size_class="1"} 0.3');
  });

  it('reads gauges and running totals from where they live, anew each time', async () => {
    const metrics = new Metrics();
    let steps = 7;
    metrics.readFrom('translation_steps_total', {}, () => steps);
    metrics.readFrom('translation_queue_tokens', {}, () => steps * 10);
    expect(await linesOf(metrics)).toContain('translation_steps_total 7');
    steps = 9;
    const lines = await linesOf(metrics);
    expect(lines).toContain('translation_steps_total 9');
    expect(lines).toContain('translation_queue_tokens 90');
  });

  it("brings Node's own metrics", async () => {
    expect(await linesOf(new Metrics())).toContain('# TYPE nodejs_eventloop_lag_seconds gauge');
  });
});
