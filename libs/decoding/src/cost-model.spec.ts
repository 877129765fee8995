import { describe, expect, it } from 'vitest';
import { CostModel } from './cost-model.js';
import { LinearFit } from './linear-fit.js';

describe('LinearFit', () => {
  it('finds the line through its observations', () => {
    const fit = new LinearFit();
    for (const x of [1, 40, 160]) fit.observe(x, 12 + 1.1 * x);
    expect(fit.coefficients.intercept).toBeCloseTo(12);
    expect(fit.coefficients.slope).toBeCloseTo(1.1);
    expect(fit.predict(100)).toBeCloseTo(122);
  });

  it('predicts the mean while it has seen one size only', () => {
    const fit = new LinearFit();
    fit.observe(5, 20);
    fit.observe(5, 30);
    expect(fit.predict(50)).toBe(25);
  });

  it('never lets a cost shrink with size, nor start below zero', () => {
    const falling = new LinearFit();
    falling.observe(1, 30);
    falling.observe(100, 10);
    expect(falling.coefficients).toEqual({ intercept: 20, slope: 0 });
    const steep = new LinearFit();
    steep.observe(10, 1);
    steep.observe(20, 10);
    expect(steep.coefficients.intercept).toBe(0);
    expect(steep.predict(15)).toBeCloseTo(5.5);
  });

  it('forgets how things were before', () => {
    const fit = new LinearFit();
    for (let i = 0; i < 100; i++) fit.observe(i % 7, 1000);
    for (let i = 0; i < 256; i++) fit.observe(i % 7, 10 + (i % 7));
    expect(fit.predict(7)).toBeCloseTo(17);
  });

  it('follows the pace of the machine at once, and keeps the shape of the costs', () => {
    const [fit, slow] = [new LinearFit(true), new LinearFit()];
    for (const each of [fit, slow]) {
      for (let i = 0; i < 200; i++) each.observe(i % 50, 40 + 2 * (i % 50));
      // Half as fast, all of one size.
      for (let i = 0; i < 16; i++) each.observe(20, 160);
    }
    expect(fit.predict(20)).toBeCloseTo(160);
    // Its shape is drawn through the slow ones, too, which bends it a little.
    expect(Math.abs(fit.predict(40) - 240)).toBeLessThan(15);
    expect(Math.abs(fit.predict(0) - 80)).toBeLessThan(15);
    expect(slow.predict(20)).toBeLessThan(90);
  });

  it('fits the sizes that there are now, where costs are no straight line', () => {
    const fit = new LinearFit(true);
    const ms = (rows: number): number => 80 + 6 * rows + rows ** 2 / 40;
    for (const rows of [5, 10, 80]) for (let i = 0; i < 20; i++) fit.observe(rows, ms(rows));
    expect(fit.predict(30)).toBeGreaterThan(1.08 * ms(30));
    for (let i = 0; i < 64; i++) fit.observe(28 + (i % 5), ms(28 + (i % 5)));
    expect(fit.predict(30) / ms(30)).toBeCloseTo(1, 2);
  });

  it('believes that the machine is quicker when that lasts', () => {
    const fit = new LinearFit(true);
    for (let i = 0; i < 100; i++) fit.observe(20, 80);
    for (let i = 0; i < 16; i++) fit.observe(20, 40);
    expect(fit.predict(20)).toBeGreaterThan(65);
    for (let i = 0; i < 48; i++) fit.observe(20, 40);
    expect(fit.predict(20)).toBeCloseTo(40);
  });
});

describe('CostModel', () => {
  it('knows nothing at first, and keeps steps and encoder runs apart', () => {
    const costs = new CostModel(1);
    expect([costs.stepMs(10), costs.encodeMs(10)]).toEqual([0, 0]);
    costs.recordStep(10, 20);
    costs.recordEncode(10, 5);
    expect([costs.stepMs(10), costs.encodeMs(10)]).toEqual([20, 5]);
  });

  it('is cautious beyond the largest run that it has seen, and there alone', () => {
    const costs = new CostModel(2);
    expect(costs.cautiousEncodeMs(1000)).toBe(0);
    costs.recordEncode(100, 50);
    expect([100, 1000].map((places) => costs.cautiousEncodeMs(places))).toEqual([50, 500]);
    costs.recordEncode(300, 130);
    expect(costs.encodeMs(600)).toBeCloseTo(250);
    expect(costs.cautiousEncodeMs(200)).toBeCloseTo(costs.encodeMs(200));
    expect(costs.cautiousEncodeMs(600)).toBeCloseTo(260);
  });

  it('knows from other threads what steps and encoder runs take', () => {
    const costs = new CostModel(2);
    for (const size of [1, 3]) {
      costs.recordStep(size, 4 + 2 * size);
      costs.recordEncode(size, 7);
    }
    expect(costs.stepMs(5)).toBeCloseTo(14);
    expect(costs.fitWith(1)).toMatchObject({ encodeBaseMs: 14, encodePlaceMs: 0 });
    costs.switchTo(1);
    expect(costs.stepMs(5)).toBeCloseTo(28);
    costs.recordStep(5, 28);
    expect(costs.fitWith(2).stepRowMs).toBeCloseTo(2);
    expect(costs.fitWith(2).stepBaseMs).toBeCloseTo(4);
  });

  it('tells the lines that it has fitted', () => {
    const costs = new CostModel(1);
    expect(Object.values(costs.fitWith(1))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    for (const size of [1, 2, 3]) {
      costs.recordStep(size, 4 + 2 * size);
      costs.recordEncode(size, 7);
      costs.recordLength(size, 5 + size);
    }
    const { stepBaseMs, stepRowMs, sentenceSteps, sourceTokenSteps, ...encoder } = costs.fitWith(1);
    expect([stepBaseMs, stepRowMs].map(Math.round)).toEqual([4, 2]);
    expect([sentenceSteps, sourceTokenSteps].map(Math.round)).toEqual([5, 1]);
    expect(encoder).toEqual({
      encodeBaseMs: 7,
      encodePlaceMs: 0,
      largestStepRows: 3,
      largestEncodePlaces: 3,
    });
  });
});
