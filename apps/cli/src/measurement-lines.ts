import type { Measurement } from '#libs/load-testing';

/** Where requests were sent later than this (99th percentile), the generator is part of what was measured. */
const GENERATOR_LAG_LIMIT_MS = 10;

/** The sentence that a stress test ends with. */
export function successSentence({ requests, successful, responseTimes }: Measurement): string {
  const share = requests === 0 ? 0 : (100 * successful) / requests;
  const beginning = `${share.toFixed(2)}% of requests were successful`;
  if (responseTimes === undefined) return beginning;
  const { averageMs, minimumMs, maximumMs } = responseTimes;
  return `${beginning} with average of ${toSeconds(averageMs)} s, minimum of ${toSeconds(minimumMs)} s and maximum of ${toSeconds(maximumMs)} s response time`;
}

/** Percentiles, endings, and what a reader has to know of the generator. */
export function detailLines(measurement: Measurement): string[] {
  const { endings, generatorLagP99Ms, responseTimes } = measurement;
  const percentiles = Object.entries(responseTimes?.percentilesMs ?? {}).map(
    ([percentile, timeMs]) => `${percentile} %: ${toSeconds(timeMs)} s`,
  );
  return [
    ...(percentiles.length === 0 ? [] : [`Response times: ${percentiles.join(', ')}`]),
    `Answers: ${describeEndings(endings)}`,
    ...(generatorLagP99Ms <= GENERATOR_LAG_LIMIT_MS
      ? []
      : [
          `This generator was overloaded: it sent requests up to ${toSeconds(generatorLagP99Ms)} s late (99th percentile), which is in the times above.`,
        ]),
  ];
}

function describeEndings(endings: Measurement['endings']): string {
  const counts = Object.entries(endings).map(([ending, count]) => `${ending}: ${count}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

function toSeconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}
