import { expect, it } from 'vitest';
import { readRunFacts } from '../bench/machine.js';
import { writeReport } from '../bench/report-file.js';
import { runJobs } from './job-beside-singles.js';
import { jobPage, jobTargetsOf } from './job-page.js';
import { readLoadOptions } from './load-options.js';

it('lets single requests pass a job of 500 records, and the job get on beside them', async () => {
  const options = readLoadOptions();
  const run = await runJobs(options);
  await writeReport(
    options.outputFolder,
    'fairness.md',
    jobPage(run, options, await readRunFacts()),
  );
  expect(jobTargetsOf(run).filter(({ isMet }) => !isMet)).toEqual([]);
});
