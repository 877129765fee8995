import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableCores } from '#libs/inference';
import { RunningService } from '../support/service.js';

const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

interface Metric {
  readonly kind: string;
  readonly help: string;
  /** Values by label. */
  readonly labels: Record<string, readonly string[]>;
}

/** The rows of the page's tables. */
function documented(): Map<string, Metric> {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.map((line) => {
      const [name = '', kind = '', labels = '', help = ''] = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim());
      const byLabel = labels === '–' ? [] : labels.split('; ').map(labelOf);
      return [name.replaceAll('`', ''), { kind, help, labels: Object.fromEntries(byLabel) }];
    }),
  );
}

function labelOf(text: string): [string, string[]] {
  const [name = '', ...values] = [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  return [name, values];
}

/** What Prometheus would read, Node's own metrics included. */
function exposed(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  for (const [, name = '', help = ''] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
    const kind = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1] ?? '';
    const sample = new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm');
    const labels: Record<string, Set<string>> = {};
    for (const [, pairs = ''] of text.matchAll(sample))
      for (const [, label = '', value = ''] of pairs.matchAll(/(\w+)="([^"]*)"/g))
        if (label !== 'le') (labels[label] ??= new Set()).add(value);
    const lists = Object.entries(labels).map(([label, values]) => [label, [...values]] as const);
    metrics.set(name, { kind, help, labels: Object.fromEntries(lists) });
  }
  return metrics;
}

describe('the documented metrics', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await RunningService.start();
  });
  afterAll(() => service.stop());

  const scrape = async (): Promise<string> => (await fetch(`${service.url}/metrics`)).text();

  it('are those of the running service: names, types, helps, labels and their values', async () => {
    const shown = exposed(await scrape());
    const rows = documented();
    expect([...rows.keys()].sort()).toEqual([...shown.keys()].sort());
    for (const [name, { kind, help, labels }] of rows) {
      expect(shown.get(name)).toMatchObject({ kind, help });
      const shownLabels = shown.get(name)?.labels ?? {};
      if (!/^(http|translation)_/.test(name))
        // Node's own have values of their own, and series only once there is something to tell.
        expect(Object.keys(labels)).toEqual(expect.arrayContaining(Object.keys(shownLabels)));
      else if (name === 'http_server_request_duration_seconds')
        expect(Object.keys(labels)).toEqual(Object.keys(shownLabels));
      else expect(labels).toEqual(shownLabels);
    }
  });

  it('gain no series by what callers do', async () => {
    const seriesOf = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => /^(http|translation)_/.test(line))
        .map((line) => line.slice(0, line.lastIndexOf(' ')));
    const before = seriesOf(await scrape());
    await service.translate('en', 'de', ['How are you?']);
    await service.post('{');
    for (const path of ['/nothing', '/docs', '/metrics?x=1', '/%00', '/openapi.json'])
      await fetch(`${service.url}${path}`);
    await fetch(`${service.url}/translation`, { method: 'DELETE' });
    await fetch(`${service.url}/livez`, { method: 'HEAD' });
    expect(seriesOf(await scrape())).toEqual(before);
  });

  it('tell of a translation what it was', async () => {
    await service.translate('en', 'de', ['How are you?', 'I am well. Thank you!']);
    expect(await service.metric('translation_request_records_sum')).toBeGreaterThanOrEqual(2);
    for (const name of [
      'translation_segments_total',
      'translation_source_tokens_total',
      'translation_record_target_tokens_sum',
      'translation_tokenize_duration_seconds_sum',
      'translation_inference_duration_seconds_sum',
      'translation_engine_busy_seconds_total',
      'translation_target_tokens_total',
      'translation_admitted_total',
      'translation_step_duration_seconds_sum',
      'translation_batch_rows_count',
      'translation_batch_tokens_sum',
      'translation_engine_load_seconds',
      'translation_engine_resident_memory_bytes',
      'nodejs_eventloop_delay_seconds_count',
    ])
      expect(await service.metric(name), name).toBeGreaterThan(0);
    expect(await service.metric('translation_backlog_seconds')).toBe(0);
    await service.untilComplete();
    const engines = Math.min(2, await availableCores());
    expect(await service.metric('translation_engine_up')).toBe(engines);
    const step = ['a', 'b'].map((cost) => service.metric(`translation_cost_model_${cost}`));
    expect(Math.max(...(await Promise.all(step)))).toBeGreaterThan(0);
    // 32 sentences with the demo model's five beams, in each engine.
    expect(await service.metric('translation_row_capacity')).toBe(160 * engines);
    const silentSeconds =
      Date.now() / 1000 -
      (await service.metric('translation_engine_last_progress_timestamp_seconds'));
    expect(Math.abs(silentSeconds)).toBeLessThan(30);
  });

  it('add up: what the engine has done, it has told', async () => {
    const metric = (name: string): Promise<number> => service.metric(name);
    await service.translate('en', 'de', ['One.', 'Two, three.', 'Four, five, six.']);
    // What the engine did last may be told with its next sign of life.
    await expect
      .poll(() => metric('translation_engine_cpu_seconds_total'), { timeout: 10_000 })
      .toBeGreaterThan(0);
    const steps = await metric('translation_steps_total');
    const decoded = /^translation_step_duration_seconds_count\{phase="decode"\} (\d+)$/m.exec(
      await (await fetch(`${service.url}/metrics`)).text(),
    );
    expect(Number(decoded?.[1])).toBe(steps);
    expect(await metric('translation_admitted_total')).toBe(
      await metric('translation_segments_total'),
    );
  });
});
