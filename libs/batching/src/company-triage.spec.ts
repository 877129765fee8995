import { describe, expect, it } from 'vitest';
import { NO_STATISTICS } from '#libs/decoding';
import type { EngineCapacity, InferenceStatistics } from '#libs/inference';
import { randomInteger, seededRandom } from '#libs/testing';
import { findHopeless } from './company-triage.js';
import { CompanyMember } from './engine-company.js';
import { FinishForecast, type ForecastWork } from './finish-forecast.js';
import type { SegmentOwner } from './waiting-segment.js';

const COSTS: NonNullable<EngineCapacity['costs']> = {
  stepBaseMs: 50,
  stepRowMs: 5,
  encodeBaseMs: 10,
  encodePlaceMs: 1,
  largestStepRows: 100,
  largestEncodePlaces: 100,
  sentenceSteps: 2,
  sourceTokenSteps: 1,
};
const STATISTICS: InferenceStatistics = {
  ...NO_STATISTICS,
  stepRows: 100,
  stepSentences: 100,
  encoderRuns: 10,
  encodedSentences: 10,
  sourceTokens: 100,
  finishedSentences: 10,
  runningSentences: 0,
  runningRows: 0,
  waitingSentences: 0,
};
const forecast = new FinishForecast(
  { capacity: { engines: 2, sentences: 64, costs: COSTS }, room: 0, statistics: STATISTICS },
  () => 0,
);

function ownerOf(): SegmentOwner {
  return { segments: [], hasBegun: true, drop: () => undefined, settled: () => undefined };
}

/** Requests of one to three sentences, as many steps done in each as it happens. */
function randomCompany(seed: number): CompanyMember[] {
  const random = seededRandom(seed);
  return Array.from({ length: randomInteger(random, 1, 40) }, () => {
    const owner = ownerOf();
    return Array.from({ length: randomInteger(random, 1, 3) }, () => {
      const sourceTokens = randomInteger(random, 1, 30);
      const guest = { owner, sourceTokens, deadlineAtMs: randomInteger(random, 100, 8000) };
      const member = new CompanyMember(guest, () => undefined);
      const ticket = { engineTurns: 0 };
      member.start(ticket);
      ticket.engineTurns = randomInteger(random, 0, sourceTokens);
      return member;
    });
  }).flat();
}

function isLate({ withinMs }: ForecastWork, finishMs: number): boolean {
  return 0.75 * finishMs > withinMs;
}

function areInTime(members: readonly CompanyMember[]): boolean {
  const works = members.map((member) => member.work(0));
  const finishMs = forecast.finishMs(works);
  return !works.some((work, index) => isLate(work, finishMs[index] ?? NaN));
}

describe('findHopeless', () => {
  it('gives up so many that the others are in time, and not one more', () => {
    const given: number[] = [];
    for (let seed = 1; seed <= 300; seed++) {
      const company = randomCompany(seed);
      const owners = new Set(company.map(({ owner }) => owner));
      const hopeless = findHopeless(company, forecast, 0);
      const kept = company.filter(({ owner }) => !hopeless.includes(owner));
      given.push(hopeless.length);
      expect(hopeless.length).toBeLessThan(owners.size);
      if (owners.size - hopeless.length > 1) expect(areInTime(kept)).toBe(true);
      const last = hopeless.at(-1);
      if (last === undefined) continue;
      const oneMore = company.filter(
        ({ owner }) => owner === last || kept.some((member) => member.owner === owner),
      );
      expect(areInTime(oneMore)).toBe(false);
    }
    // Some schedules are easy, and some are not.
    expect(given.filter((count) => count === 0).length).toBeGreaterThan(10);
    expect(given.filter((count) => count > 1).length).toBeGreaterThan(100);
  });

  it('gives up the one that bears least', () => {
    const [hurried, patient] = [ownerOf(), ownerOf()];
    const members = [patient, hurried, patient].map((owner) => {
      const deadlineAtMs = owner === hurried ? 100 : 100_000;
      return new CompanyMember({ owner, sourceTokens: 20, deadlineAtMs }, () => undefined);
    });
    expect(findHopeless(members, forecast, 0)).toEqual([hurried]);
  });

  it('gives nobody up where nothing is known', () => {
    const ignorant = new FinishForecast(
      {
        capacity: { engines: 2, sentences: 64, costs: undefined },
        room: 0,
        statistics: STATISTICS,
      },
      () => 0,
    );
    expect(findHopeless(randomCompany(1), ignorant, 0)).toEqual([]);
  });
});
