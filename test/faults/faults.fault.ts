import { afterAll, describe, expect, it } from 'vitest';
import { describeRun, readRunFacts } from '../bench/machine.js';
import { markdownTable, writeReport } from '../bench/report-file.js';
import type { FaultResult, FaultRow } from './fault-row.js';
import { FAULT_ROWS } from './fault-table.js';

const results = new Map<FaultRow, FaultResult | string>();

function cellsOf(row: FaultRow): string[] {
  const result = results.get(row) ?? 'not run';
  if (typeof result === 'string') return [row.number, row.fault, '', '', '', '', '', '', result];
  const { tally, recoveryMs, notes } = result;
  const refused = Array.from(tally.refused, ([refusal, count]) => `${count} × ${refusal}`).join(
    ', ',
  );
  return [
    row.number,
    row.fault,
    String(tally.sent),
    String(tally.ok),
    refused === '' ? '0' : refused,
    String(tally.left),
    String(tally.lost.length),
    recoveryMs === undefined ? '–' : `${(recoveryMs / 1000).toFixed(2)} s`,
    notes,
  ];
}

describe('a fault', () => {
  for (const row of FAULT_ROWS)
    it(`${row.number}: ${row.fault}`, async ({ skip }) => {
      const obstacle = row.obstacle?.();
      results.set(row, obstacle === undefined ? 'FAILED' : `skipped: ${obstacle}`);
      if (obstacle !== undefined) skip(obstacle);
      const result = await row.run('long');
      results.set(row, result);
      const { left, lost, ok, refused, sent } = result.tally;
      expect(lost).toEqual([]);
      expect(ok + left + [...refused.values()].reduce((sum, count) => sum + count, 0)).toBe(sent);
    });

  afterAll(async () => {
    if (results.size < FAULT_ROWS.length) return;
    const head = ['row', 'fault', 'sent', '2xx', 'refused', 'left', 'lost', 'recovery', 'notes'];
    const text = `# Faults

Each fault is provoked on the running service with the demo model, by \`npm run test:faults\`, which writes this page; a
short form of most of them runs with every \`npm test\`. Every 200 is compared with what the service gave before the fault.

- **refused**: answered with a proper status and problem details. **left**: the caller went away itself. **lost**: no
  answer, a broken connection, or a wrong translation; it has to be 0.
- **recovery**: from the fault to ready again, where nothing else is said.
- Rows are numbered as in the list that they follow; 13 (a large job beside single requests) is [measured apart](benchmarks/fairness.md); 16
  (a lost GPU) and 18 (a bad model behind a rollout) concern other parts.

${markdownTable(head, FAULT_ROWS.map(cellsOf))}

${describeRun(await readRunFacts())}
`;
    await writeReport('docs', 'faults.md', text);
  });
});
