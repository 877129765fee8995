import { describe, expect, it } from 'vitest';
import type { EngineCapacity, InferenceStatistics } from '#libs/inference';
import { FinishForecast, type ForecastWork } from './finish-forecast.js';

/**
 * One engine of 10 sentences, 2 beams each. A sentence has 20 tokens and takes 40 steps; a step takes
 * 5 ms + 0.25 ms a row, so 10 ms with all; an encoder run 10 ms + 0.1 ms a token.
 */
class Engines {
  room = 10;
  capacity: EngineCapacity = {
    engines: 1,
    sentences: 10,
    costs: {
      stepBaseMs: 5,
      stepRowMs: 0.25,
      encodeBaseMs: 10,
      encodePlaceMs: 0.1,
      largestStepRows: 20,
      largestEncodePlaces: 1000,
      sentenceSteps: 0,
      sourceTokenSteps: 2,
    },
  };
  statistics: InferenceStatistics = {
    turns: 400,
    steps: 400,
    stepRows: 8000,
    stepSentences: 4000,
    encoderRuns: 10,
    sourceTokens: 2000,
    encodedSentences: 100,
    finishedSentences: 100,
    encodeMs: 0,
    stepMs: 0,
    runningSentences: 0,
    runningRows: 0,
    waitingSentences: 0,
  };
}

function forecastOf(engines = new Engines()): {
  forecast: FinishForecast;
  tick: (ms: number) => void;
} {
  let nowMs = 0;
  const forecast = new FinishForecast(engines, () => nowMs);
  return { forecast, tick: (ms) => (nowMs += ms) };
}

const sentence = { tokensUntilDone: 20, longestTokens: 20, withinMs: Infinity };

describe('FinishForecast', () => {
  it('knows nothing before the first step', () => {
    const engines = new Engines();
    engines.statistics = { ...engines.statistics, stepSentences: 0 };
    const { forecast } = forecastOf(engines);
    const nothing = {
      waitMs: 0,
      unlearntWaitMs: 0,
      longestWaitMs: Infinity,
      workMs: 0,
      msPerToken: 0,
    };
    expect(forecast.of(sentence)).toEqual(nothing);
    engines.statistics = new Engines().statistics;
    engines.capacity = { ...engines.capacity, costs: undefined };
    expect(forecast.of(sentence)).toEqual(nothing);
  });

  it('lets a sentence that is alone take its own steps, at the speed of a small batch', () => {
    // 40 steps of 5.5 ms and two until it joins, and 12 ms to encode it.
    expect(forecastOf().forecast.of(sentence)).toMatchObject({
      waitMs: 0,
      workMs: 42 * 5.5 + 12,
    });
  });

  it('lets a short sentence take the steps that even the shortest take', () => {
    const engines = new Engines();
    const costs = { ...engines.capacity.costs!, sentenceSteps: 30, sourceTokenSteps: 0.5 };
    engines.capacity = { ...engines.capacity, costs };
    const { workMs } = forecastOf(engines).forecast.of({
      tokensUntilDone: 2,
      longestTokens: 2,
      withinMs: Infinity,
    });
    expect(workMs).toBeCloseTo(33 * 5.5 + 10.2);
  });

  it('counts on the lengths of before where a new engine has finished nothing yet', () => {
    const engines = new Engines();
    const costs = { ...engines.capacity.costs!, sentenceSteps: 0, sourceTokenSteps: 0 };
    engines.capacity = { ...engines.capacity, costs };
    const { forecast } = forecastOf(engines);
    expect(forecast.of(sentence).workMs).toBeCloseTo(42 * 5.5 + 12);
    // Before the first has ended nothing is known: it is taken to be long.
    engines.statistics = {
      ...engines.statistics,
      stepSentences: 100,
      stepRows: 200,
      finishedSentences: 0,
    };
    expect(forecast.of(sentence).workMs).toBeCloseTo((2 + 2 * 20) * 5.5 + 12);
  });

  it('lets what has no room wait for what is before it', () => {
    const engines = new Engines();
    engines.room = 0;
    const { forecast } = forecastOf(engines);
    // 400 tokens before it are 20 sentences: two rounds of 40 steps of 10 ms, and their encoding.
    const { msPerToken, waitMs, workMs } = forecast.of({
      tokensUntilDone: 420,
      longestTokens: 20,
      withinMs: Infinity,
    });
    expect(msPerToken).toBeCloseTo(2 + 0.15);
    expect(waitMs).toBeCloseTo(400 * 2.15);
    // Nine others join while it is there, ten to a run of the encoder.
    expect(workMs).toBeCloseTo(42 * 10 + 12 + 9 * 3);
  });

  it('takes what is larger than anything seen to cost as much as the largest', () => {
    const engines = new Engines();
    const costs = { ...engines.capacity.costs!, largestStepRows: 2, largestEncodePlaces: 20 };
    engines.capacity = { ...engines.capacity, costs };
    // Steps of 5.5 ms with whatever there is in them.
    expect(forecastOf(engines).forecast.of(sentence).msPerToken).toBeCloseTo(1.1 + 12 / 200);
  });

  /** How long a sentence of 20 tokens is there among so many: its 42 steps and its run of the encoder, and theirs. */
  const amongMs = (together: number): number => 42 * (5 + together / 2) + 12 + (together - 1) * 3;
  const work = (withinMs: number, stepsDone = 0): ForecastWork => ({
    sourceTokens: 20,
    withinMs,
    stepsDone,
  });

  it('tells among how many a sentence is in time', () => {
    const engines = new Engines();
    const { forecast } = forecastOf(engines);
    expect(forecast.mostTogether(work(amongMs(10)))).toBeCloseTo(10);
    // Steps of 5 ms are those with nobody in them.
    expect(forecast.mostTogether(work(42 * 5))).toBe(0);
    engines.capacity = { ...engines.capacity, engines: 2, sentences: 20 };
    expect(forecast.mostTogether(work(amongMs(10)))).toBeCloseTo(20);
    engines.capacity = { ...engines.capacity, costs: undefined };
    expect(forecast.mostTogether(work(1))).toBe(Infinity);
  });

  it('tells among how many each of several is in time', () => {
    const { forecast } = forecastOf();
    const patient = work(Infinity);
    expect(forecast.mostTogether(patient, work(amongMs(10)))).toBeCloseTo(10);
    expect(forecast.mostTogether(work(amongMs(7)), patient)).toBeCloseTo(7);
    expect(forecast.mostTogether()).toBe(Infinity);
  });

  it('goes by the steps that are left', () => {
    const { forecast } = forecastOf();
    // Half of its steps, and half of the others' runs of the encoder.
    const restMs = 21 * (5 + 10 / 2) + (9 * 3) / 2;
    expect(forecast.mostTogether(work(restMs, 21))).toBeCloseTo(10);
    expect(forecast.mostTogether(work(restMs + 21, 21))).toBeGreaterThan(11);
    // What should be done by now restricts nobody.
    expect(forecast.mostTogether(work(1, 42), work(amongMs(5)))).toBeCloseTo(5);
  });

  it('tells when each is done if nobody joins', () => {
    const engines = new Engines();
    const { forecast } = forecastOf(engines);
    // 12 steps of three, 10 more of two, 20 more of one.
    expect(forecast.finishMs([work(0, 20), work(0, 30), work(0)])).toEqual([
      12 * 6.5 + 10 * 6,
      12 * 6.5,
      12 * 6.5 + 10 * 6 + 20 * 5.5,
    ]);
    // What should be done by now is done at once; two engines have half of them each.
    engines.capacity = { ...engines.capacity, engines: 2 };
    expect(forecast.finishMs([work(0, 50), work(0, 32), work(0, 32), work(0, 32)])).toEqual([
      0,
      ...Array<number>(3).fill(10 * 5.75),
    ]);
  });

  it('takes what it does not know to be well', () => {
    const engines = new Engines();
    const costs = { ...engines.capacity.costs!, largestStepRows: 2, sourceTokenSteps: 0 };
    engines.capacity = { ...engines.capacity, costs };
    engines.statistics = { ...engines.statistics, finishedSentences: 0 };
    // A step a token and two to join, none dearer than with two rows.
    expect(forecastOf(engines).forecast.finishMs([work(0), work(0)])).toEqual([22 * 5.5, 22 * 5.5]);
    engines.statistics = { ...engines.statistics, stepSentences: 0 };
    expect(forecastOf(engines).forecast.finishMs([work(0), work(0)])).toEqual([0, 0]);
  });

  it('lets a request work in the company that it can bear, however long the queue', () => {
    const engines = new Engines();
    engines.room = 0;
    const { forecast } = forecastOf(engines);
    const hurried = { tokensUntilDone: 420, longestTokens: 20, withinMs: amongMs(5) };
    const { waitMs, workMs } = forecast.of(hurried);
    expect(workMs).toBeCloseTo(amongMs(5));
    expect(waitMs).toBe(forecast.of({ ...hurried, withinMs: Infinity }).waitMs);
  });

  it('lets a sentence wait as long as that costs a tenth of its company', () => {
    const engines = new Engines();
    const { forecast } = forecastOf(engines);
    const longest = (together: number): number => forecast.longestWaitMs(work(amongMs(together)));
    // Each of the others costs it 42 times 0.5 ms and 3 ms.
    expect(longest(10)).toBeCloseTo(24);
    expect(longest(5)).toBeCloseTo(12);
    // There are places for ten: nine are left where it could have borne 30.
    expect(longest(30)).toBeCloseTo(21 * 24);
    expect(forecast.longestWaitMs(work(Infinity))).toBe(Infinity);
    engines.capacity = { ...engines.capacity, costs: undefined };
    expect(forecast.longestWaitMs(work(1))).toBe(Infinity);
  });

  it('counts on no more room than those in the engines bear', () => {
    const engines = new Engines();
    engines.room = 6;
    const four = new FinishForecast(
      engines,
      () => 0,
      () => 4.9,
    );
    const ask = { tokensUntilDone: 100, longestTokens: 20, withinMs: Infinity };
    // Steps of four take 7 ms: 2 · 7 / 4 and the encoder's share for a token.
    expect(four.of(ask).waitMs).toBeCloseTo(80 * (3.5 + 0.15));
    expect(forecastOf(engines).forecast.of(ask).waitMs).toBe(0);
  });

  it('is half as long with two engines', () => {
    const engines = new Engines();
    const { msPerToken } = forecastOf(engines).forecast.of(sentence);
    engines.capacity = { ...engines.capacity, engines: 2, sentences: 20 };
    expect(forecastOf(engines).forecast.of(sentence).msPerToken).toBeCloseTo(msPerToken / 2);
  });

  it('learns how long waits really are', () => {
    const engines = new Engines();
    engines.room = 0;
    const { forecast } = forecastOf(engines);
    const ask = { tokensUntilDone: 420, longestTokens: 20, withinMs: Infinity };
    const before = forecast.of(ask);
    for (let i = 0; i < 100; i++) forecast.learnWait(forecast.of(ask), before.waitMs / 2);
    const { msPerToken, waitMs, workMs } = forecast.of(ask);
    expect(waitMs / before.waitMs).toBeCloseTo(0.5, 1);
    expect(msPerToken / before.msPerToken).toBeCloseTo(0.5, 1);
    expect(workMs).toBe(before.workMs);
  });

  it('holds what has waited against what was forecast then, however much has been learnt since', () => {
    const engines = new Engines();
    engines.room = 0;
    const { forecast } = forecastOf(engines);
    const ask = { tokensUntilDone: 420, longestTokens: 20, withinMs: Infinity };
    const before = Array.from({ length: 100 }, () => forecast.of(ask));
    for (const each of before) forecast.learnWait(each, each.waitMs * 2);
    expect(forecast.of(ask).waitMs / before[0]!.waitMs).toBeCloseTo(2, 1);
  });

  it('learns nothing from what is over at once', () => {
    const { forecast } = forecastOf();
    const before = forecast.of(sentence);
    for (let i = 0; i < 100; i++) forecast.learnWait(before, 5000);
    expect(forecast.of(sentence)).toEqual(before);
  });

  it('is never taken to be more than four times wrong, and forgets that it was', () => {
    const engines = new Engines();
    engines.room = 0;
    const { forecast, tick } = forecastOf(engines);
    const ask = { tokensUntilDone: 420, longestTokens: 20, withinMs: Infinity };
    const before = forecast.of(ask);
    for (let i = 0; i < 50; i++) forecast.learnWait(forecast.of(ask), 1e6);
    expect(forecast.of(ask).waitMs / before.waitMs).toBe(4);
    tick(200_000);
    expect(forecast.of(ask).waitMs / before.waitMs).toBeCloseTo(1, 1);
  });
});
