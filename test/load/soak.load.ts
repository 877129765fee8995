import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRunFacts } from '../bench/machine.js';
import { writeReport } from '../bench/report-file.js';
import { RunningService } from '../support/service.js';
import { runSoak } from './soak.js';
import { readSoakOptions } from './soak-options.js';
import { soakPage } from './soak-page.js';

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start({ LOG_LEVEL: 'error' });
});
afterAll(() => service.stop());

it('gives back all that it takes, and loses no answer, for as long as it runs', async () => {
  const options = readSoakOptions();
  const run = await runSoak(service, options);
  await writeReport(options.outputFolder, 'soak.md', soakPage(run, options, await readRunFacts()));
  const { left, lost, ok, refused, sent } = run.tally;
  expect(lost).toEqual([]);
  expect(ok + left + [...refused.values()].reduce((sum, count) => sum + count, 0)).toBe(sent);
  expect(run.after).toEqual(run.before);
});
