import { describe, expect, it } from 'vitest';
import { drawChart, type Series } from './chart.js';

function draw(...series: Series[]): string {
  return drawChart({ title: 'Times < & "limits"', xLabel: 's', yLabel: 'ms', series });
}

/** Centres of the circles. */
function dotsIn(svg: string): { x: number; y: number }[] {
  return [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({
    x: Number(x),
    y: Number(y),
  }));
}

describe('drawChart', () => {
  it('puts points where the axes say', () => {
    const points = [
      [0, 0],
      [10, 50],
      [20, 100],
    ] as const;
    const svg = draw({ name: 'one', form: 'dots', points });
    const dots = dotsIn(svg);
    expect(dots[1]!.x * 2).toBeCloseTo(dots[0]!.x + dots[2]!.x, 0);
    expect(dots[1]!.y * 2).toBeCloseTo(dots[0]!.y + dots[2]!.y, 0);
    // The vertical axis points upwards, and its labels are at the height of their values.
    expect(dots[0]!.y).toBeGreaterThan(dots[2]!.y);
    const labels = [...svg.matchAll(/y="([\d.]+)" text-anchor="end">(\d+)</g)];
    expect(Number(labels.find(([, , label]) => label === '100')?.[1])).toBeCloseTo(dots[2]!.y + 4);
  });

  it('joins a line in the order of its points', () => {
    const svg = draw({
      name: 'one',
      form: 'line',
      points: [
        [0, 1],
        [1, 1],
      ],
    });
    expect(svg).toMatch(/<path d="M66,54L700,54"/);
  });

  it('keeps the highest of many points', () => {
    const points = Array.from({ length: 10_000 }, (_, index) => [index, index === 4321 ? 9 : 1]);
    const svg = draw({ name: 'one', form: 'dots', points: points as [number, number][] });
    const dots = dotsIn(svg);
    expect(dots.length).toBeLessThanOrEqual(2000);
    const tops = dots.filter(({ y }) => y < 100);
    expect(tops).toHaveLength(1);
  });

  it('writes text as text, and draws nothing where there is nothing', () => {
    const svg = draw({ name: '<script>', form: 'line', points: [] });
    expect(svg).toContain('Times &lt; &amp; &quot;limits&quot;');
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<script>/);
  });
});
