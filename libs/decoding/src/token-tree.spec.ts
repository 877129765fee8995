import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROOT, TokenTree } from './token-tree.js';

const BEAMS = 5;

/** For each step the beam that each beam goes on from. */
const reorders = fc.array(fc.array(fc.nat(BEAMS - 1), { minLength: BEAMS, maxLength: BEAMS }), {
  maxLength: 40,
});

describe('TokenTree', () => {
  it('keeps the paths of all leaves, whatever is dropped and whenever', () => {
    fc.assert(
      fc.property(reorders, fc.integer({ min: 1, max: 7 }), (steps, pruneEvery) => {
        const tree = new TokenTree();
        let beams = Array.from({ length: BEAMS }, () => ({ leaf: ROOT, path: [] as number[] }));
        steps.forEach((parents, step) => {
          beams = parents.map((parent, index) => {
            const { leaf, path } = beams[parent]!;
            const token = step * BEAMS + index;
            return { leaf: tree.append(token, leaf), path: [...path, token] };
          });
          if (step % pruneEvery === 0) {
            tree.prune(beams.map(({ leaf }) => leaf));
            expect(tree.size).toBe(new Set(beams.flatMap(({ path }) => path)).size);
          }
          for (const { leaf, path } of beams) expect(tree.path(leaf)).toEqual(path);
        });
      }),
    );
  });

  it('puts new nodes where dropped ones were, the lowest first', () => {
    const tree = new TokenTree();
    const first = tree.append(10, ROOT);
    const [left, right, other] = [1, 2, 3].map((token) => tree.append(token, first));
    expect([first, left, right, other]).toEqual([0, 1, 2, 3]);
    tree.prune([right!]);
    expect([20, 21, 22].map((token) => tree.append(token, right!))).toEqual([1, 3, 4]);
    expect(tree.path(3)).toEqual([10, 2, 21]);
  });

  it('gives a node what it attended to, not what its place did before', () => {
    const tree = new TokenTree();
    const first = tree.append(10, ROOT, Uint8Array.of(1));
    tree.append(11, first, Uint8Array.of(2));
    tree.prune([first]);
    const next = tree.append(12, first, Uint8Array.of(3));
    expect(tree.attended(next)).toEqual([Uint8Array.of(1), Uint8Array.of(3)]);
  });
});
