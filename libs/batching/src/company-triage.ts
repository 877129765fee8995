import type { CompanyMember } from './engine-company.js';
import type { FinishForecast, ForecastWork } from './finish-forecast.js';
import type { SegmentOwner } from './waiting-segment.js';

/** Part of the forecast that work takes where all goes well: who would be late even so is given up. */
const AT_BEST = 0.75;

/** A request and what it has in the engines. */
interface Patient {
  readonly owner: SegmentOwner;
  readonly works: readonly ForecastWork[];
}

/**
 * Of the requests that share the engines those that are best given up: where all cannot be in time although nobody joins
 * any more, the fewest without whom the others can, those first that bear the least company. Without that all would be
 * late together, when the machine has become slower or nobody knew how long translations are.
 *
 * The last one is never given up: what has the engines to itself is tried.
 */
export function findHopeless(
  members: Iterable<CompanyMember>,
  forecast: Pick<FinishForecast, 'finishMs' | 'mostTogether'>,
  nowMs: number,
): SegmentOwner[] {
  const areInTime = (patients: readonly Patient[]): boolean => {
    const works = patients.flatMap((patient) => patient.works);
    const finishMs = forecast.finishMs(works);
    return works.every(({ withinMs }, index) => AT_BEST * (finishMs[index] ?? 0) <= withinMs);
  };
  const patients = patientsOf(members, nowMs);
  // As a rule they are, and then nobody has to ask among how many each is.
  if (areInTime(patients)) return [];
  const rising = patients
    .map((patient) => ({ ...patient, bears: forecast.mostTogether(...patient.works) }))
    .sort((one, other) => one.bears - other.bears);
  // Fewer are quicker, each of them: what is enough is found by halves.
  let [tooFew, enough] = [0, rising.length - 1];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (areInTime(rising.slice(middle))) enough = middle;
    else tooFew = middle;
  }
  return rising.slice(0, enough).map(({ owner }) => owner);
}

function patientsOf(members: Iterable<CompanyMember>, nowMs: number): Patient[] {
  const worksByOwner = new Map<SegmentOwner, ForecastWork[]>();
  for (const member of members) {
    const works = worksByOwner.get(member.owner) ?? [];
    worksByOwner.set(member.owner, works);
    works.push(member.work(nowMs));
  }
  return Array.from(worksByOwner, ([owner, works]) => ({ owner, works }));
}
