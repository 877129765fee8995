import { describe, expect, it } from 'vitest';
import { FAULT_ROWS } from './fault-table.js';

describe('a fault', () => {
  for (const row of FAULT_ROWS.filter(({ forms }) => forms.includes('short'))) {
    const obstacle = row.obstacle?.();
    const title = obstacle === undefined ? row.fault : `${row.fault} (SKIPPED: ${obstacle})`;
    it.skipIf(obstacle !== undefined)(`${row.number}: ${title}`, async () => {
      const { tally } = await row.run('short');
      expect(tally.lost).toEqual([]);
    });
  }
});
