import { describe, expect, it } from 'vitest';
import type { EngineCapacity, InferenceStatistics } from '#libs/inference';
import { FinishForecast } from './finish-forecast.js';

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
    },
  };
  statistics: InferenceStatistics = {
    steps: 400,
    stepRows: 8000,
    stepSentences: 4000,
    encoderRuns: 10,
    sourceTokens: 2000,
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

const sentence = { tokensUntilDone: 20, longestTokens: 20 };
const long = { tokensUntilDone: 200, longestTokens: 200 };

describe('FinishForecast', () => {
  it('knows nothing before the first sentence', () => {
    const engines = new Engines();
    engines.statistics = { ...engines.statistics, finishedSentences: 0 };
    const { forecast } = forecastOf(engines);
    expect([forecast.finishMs(sentence), forecast.msPerToken]).toEqual([0, 0]);
    engines.statistics = new Engines().statistics;
    engines.capacity = { ...engines.capacity, costs: undefined };
    expect(forecast.finishMs(sentence)).toBe(0);
  });

  it('lets a sentence that is alone take its own steps, at the speed of a small batch', () => {
    // 40 steps of 5.5 ms, and 12 ms to encode it.
    expect(forecastOf().forecast.finishMs(sentence)).toBeCloseTo(40 * 5.5 + 12);
  });

  it('lets what has no room wait for what is before it', () => {
    const engines = new Engines();
    engines.room = 0;
    const { forecast } = forecastOf(engines);
    // 400 tokens before it are 20 sentences: two rounds of 40 steps of 10 ms, and their encoding.
    expect(forecast.msPerToken).toBeCloseTo(2 + 0.15);
    expect(forecast.finishMs({ tokensUntilDone: 420, longestTokens: 20 })).toBeCloseTo(
      400 * 2.15 + 40 * 10 + (10 + 0.1 * 200),
    );
  });

  it('takes what is larger than anything seen to cost as much as the largest', () => {
    const engines = new Engines();
    const costs = { ...engines.capacity.costs!, largestStepRows: 2, largestEncodePlaces: 20 };
    engines.capacity = { ...engines.capacity, costs };
    // Steps of 5.5 ms with whatever there is in them.
    expect(forecastOf(engines).forecast.msPerToken).toBeCloseTo(1.1 + 12 / 200);
  });

  it('is half as long with two engines', () => {
    const engines = new Engines();
    const { msPerToken } = forecastOf(engines).forecast;
    engines.capacity = { ...engines.capacity, engines: 2, sentences: 20 };
    expect(forecastOf(engines).forecast.msPerToken).toBeCloseTo(msPerToken / 2);
  });

  it('learns from what requests have really taken, and forgets it', () => {
    const { forecast, tick } = forecastOf();
    const before = forecast.finishMs(long);
    for (let i = 0; i < 100; i++) forecast.learn(forecast.finishMs(long), 2 * before);
    expect(forecast.finishMs(long) / before).toBeCloseTo(2, 1);
    tick(200_000);
    expect(forecast.finishMs(long) / before).toBeCloseTo(1, 1);
  });

  it('learns nothing from requests that are over at once', () => {
    const { forecast } = forecastOf();
    const before = forecast.finishMs(sentence);
    for (let i = 0; i < 100; i++) forecast.learn(before, 3 * before);
    expect(forecast.finishMs(sentence)).toBe(before);
  });

  it('is never taken to be more than four times wrong', () => {
    const { forecast } = forecastOf();
    const before = forecast.finishMs(long);
    for (let i = 0; i < 50; i++) forecast.learn(before, 1e6);
    expect(forecast.finishMs(long) / before).toBe(4);
  });
});
