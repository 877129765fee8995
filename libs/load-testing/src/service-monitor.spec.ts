import { describe, expect, it } from 'vitest';
import { parseGpus } from './gpu-readings.js';
import { parseScrape } from './scrape.js';
import { readingBetween } from './service-monitor.js';

function scrape(cpuSeconds: number, steps: number, rows: number) {
  return parseScrape(`# HELP process_cpu_seconds_total Seconds.
process_cpu_seconds_total ${cpuSeconds}
translation_engine_cpu_seconds_total ${2 * cpuSeconds}
translation_batch_rows_count ${steps}
translation_batch_rows_sum ${rows}
translation_queue_segments 7
process_resident_memory_bytes 1024
`);
}

describe('readingBetween', () => {
  const before = { atMs: 1000, scrape: scrape(10, 100, 1000) };

  it('takes rates over the time between, and gauges as they are', () => {
    const now = { atMs: 3000, scrape: scrape(11, 110, 1400) };
    expect(readingBetween(before, now, [])).toMatchObject({
      atMs: 3000,
      serviceCpuPercent: 50,
      engineCpuPercent: 100,
      batchRows: 40,
      queueSegments: 7,
      serviceBytes: 1024,
    });
  });

  it('has no rows where no step was made', () => {
    const now = { atMs: 3000, scrape: scrape(11, 100, 1000) };
    expect(readingBetween(before, now, []).batchRows).toBe(0);
  });
});

describe('parseGpus', () => {
  it('reads what nvidia-smi writes for each GPU', () => {
    expect(parseGpus('87, 1024\n0, 3\n')).toEqual([
      { utilizationPercent: 87, usedBytes: 2 ** 30 },
      { utilizationPercent: 0, usedBytes: 3 * 2 ** 20 },
    ]);
  });

  it('leaves out what is no reading', () => {
    expect(parseGpus('NVIDIA-SMI has failed\n[N/A], [N/A]\n')).toEqual([]);
  });
});
