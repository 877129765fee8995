import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QUANTUM_TOKENS } from './deficit-round-robin.js';
import { WaitingTurns } from './waiting-turns.js';

it('tells what asking each flow would tell, whatever comes and goes', () => {
  const moves = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 300 })), { maxLength: 60 });
  fc.assert(
    fc.property(moves, fc.nat({ max: 12 }), (all, turns) => {
      const waiting = new WaitingTurns();
      const tokens = Array<number>(8).fill(0);
      for (const [flow, now] of all) {
        waiting.move(tokens[flow] ?? 0, now);
        tokens[flow] = now;
      }
      const asked = tokens.map((own) => Math.min(own, turns * QUANTUM_TOKENS));
      expect(waiting.tokensWithin(turns)).toBe(asked.reduce((sum, own) => sum + own, 0));
    }),
    { seed: 6, numRuns: 500 },
  );
});
