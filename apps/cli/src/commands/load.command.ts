import { Command, InvalidArgumentError, Option } from 'commander';
import { OperatorError } from '#libs/domain';
import {
  type Arrival,
  ARRIVALS,
  findMaxRate,
  type LoadRun,
  MOST_OPEN,
  MOST_REQUESTS,
  rateCharts,
  responseTimeChart,
  runLoad,
  serviceCharts,
  SLO_SHARE,
  writeReportFolder,
} from '#libs/load-testing';
import {
  addLoadTargetOptions,
  addPaySizeOption,
  type LoadTarget,
  type LoadTargetOptions,
  withLoadTarget,
} from '../load-target.js';
import { detailLines, successSentence } from '../measurement-lines.js';
import { numberOption } from '../number-option.js';
import { RequestProgress } from '../request-progress.js';
import { wholeNumber } from '../whole-number.js';

interface LoadCommandOptions extends LoadTargetOptions {
  /** Requests per second. */
  readonly rate: readonly number[];
  /** Seconds. */
  readonly duration: number;
  readonly warmUp: number;
  readonly arrival: Arrival;
  readonly slo?: number;
  readonly findMax?: true;
  readonly seed: number;
}

const HIGHEST_RATE = 10_000;
const MOST_RATES = 20;
const LONGEST_SECONDS = 3600;
const HIGHEST_SEED = 2 ** 31 - 1;

export function loadCommand(): Command {
  const command = new Command('load')
    .description('Offer a running service load at a rate, whatever it answers, and measure it.')
    .requiredOption(
      '--rate <r>',
      'requests per second; several with commas are measured one after the other',
      readRates,
    )
    .requiredOption('--duration <s>', 'seconds to measure', numberOption(1, LONGEST_SECONDS))
    .option('--warm-up <s>', 'seconds of load before', numberOption(0, LONGEST_SECONDS), 5)
    .addOption(
      new Option('--arrival <kind>', 'independent callers, or equal distances')
        .choices(ARRIVALS)
        .default('poisson'),
    )
    .option(
      '--slo <ms>',
      'response time that counts as in time',
      numberOption(1, 1000 * LONGEST_SECONDS),
    )
    .option('--find-max', 'search for the highest rate that meets the SLO, from --rate on')
    .option('--seed <n>', 'seed of the arrivals', wholeNumber(0, HIGHEST_SEED), 1);
  return addLoadTargetOptions(addPaySizeOption(command))
    .addHelpText(
      'after',
      `
Response times are those of successful requests, from when each was due. Goodput is the number of successful answers
per second within the SLO. The SLO is met where ${100 * SLO_SHARE} % of the requests are answered within it; --find-max ends where
a rate that meets it and one that does not are 5 % apart, or after 16 rates. A run has at most ${MOST_REQUESTS} requests, and
at most ${MOST_OPEN} open at once; what is due beyond is not sent and counts as failed.`,
    )
    .action(async (options: LoadCommandOptions) => {
      requireBounds(options);
      await withLoadTarget(options, (target) => load(target, options));
    });
}

function readRates(text: string): readonly number[] {
  const rates = text.split(',', MOST_RATES + 1).map(numberOption(0.01, HIGHEST_RATE));
  if (rates.length > MOST_RATES)
    throw new InvalidArgumentError(`There are at most ${MOST_RATES} rates.`);
  return rates;
}

function requireBounds({ rate, duration, warmUp, findMax, slo }: LoadCommandOptions): void {
  const requests = Math.max(...rate) * (duration + warmUp);
  if (requests > MOST_REQUESTS)
    throw new OperatorError(
      `--rate ${Math.max(...rate)} for ${duration + warmUp} s is ${requests} requests; a run has at most ${MOST_REQUESTS}. Choose a lower --rate or a shorter --duration.`,
    );
  if (findMax === true && slo === undefined)
    throw new OperatorError('--find-max needs an SLO to meet: set --slo to milliseconds.');
  if (findMax === true && rate.length > 1)
    throw new OperatorError(
      `--find-max starts from one rate, and --rate has ${rate.length}. Name one.`,
    );
}

async function load(target: LoadTarget, options: LoadCommandOptions): Promise<void> {
  const monitor = options.report === undefined ? undefined : target.startMonitor();
  const runs: LoadRun[] = [];
  const lines: string[] = [];
  const say = (...said: string[]): void => {
    lines.push(...said);
    process.stdout.write(said.map((line) => `${line}\n`).join(''));
  };
  const runAt = async (ratePerSecond: number): Promise<LoadRun> => {
    const run = await runAtRate(target, options, ratePerSecond);
    runs.push(run);
    say(...linesOf(run, options));
    return run;
  };
  if (options.findMax === true) {
    const highestRate = Math.min(HIGHEST_RATE, MOST_REQUESTS / (options.duration + options.warmUp));
    const isMet = async (rate: number): Promise<boolean> => (await runAt(rate)).isMet;
    const found = await findMaxRate(options.rate[0] ?? 1, highestRate, isMet);
    say(
      found === undefined
        ? `No rate that was tried meets the SLO of ${options.slo ?? 0} ms.`
        : `Highest rate that meets the SLO of ${options.slo ?? 0} ms: ${found.toFixed(2)} requests / s`,
    );
  } else for (const rate of options.rate) await runAt(rate);
  const readings = (await monitor?.stop()) ?? [];
  if (options.report === undefined) return;
  const last = runs.at(-1);
  await writeReportFolder(options.report, {
    title: `${options.arrival} arrivals of ${options.paySize} ${options.paySize === 1 ? 'record' : 'records'}, ${options.duration} s each`,
    lines,
    charts: {
      ...rateCharts(runs),
      ...(runs.length === 1 && last !== undefined ? responseTimeChart(last.answers) : {}),
      ...serviceCharts(readings),
    },
    data: { options, runs, readings },
  });
}

async function runAtRate(
  target: LoadTarget,
  options: LoadCommandOptions,
  ratePerSecond: number,
): Promise<LoadRun> {
  const { arrival, duration, warmUp, seed, slo } = options;
  const expected = Math.round(ratePerSecond * (duration + warmUp));
  const progress = new RequestProgress(`${ratePerSecond.toFixed(2)} / s`, expected);
  try {
    return await runLoad(target.caller, {
      arrival,
      ratePerSecond,
      warmUpMs: 1000 * warmUp,
      durationMs: 1000 * duration,
      seed,
      sloMs: slo,
      onAnswer: ({ ending }) => {
        progress.answered(ending === 200);
      },
      signal: target.signal,
    });
  } finally {
    progress.stop();
  }
}

function linesOf(run: LoadRun, { slo }: LoadCommandOptions): string[] {
  const { measurement, goodputPerSecond, ratePerSecond, isMet } = run;
  const { inTime, requests } = measurement;
  const share = requests === 0 ? 0 : (100 * inTime) / requests;
  return [
    `${ratePerSecond.toFixed(2)} requests / s: ${successSentence(measurement)}`,
    ...detailLines(measurement).map((line) => `  ${line}`),
    slo === undefined
      ? `  Goodput: ${goodputPerSecond.toFixed(2)} / s`
      : `  Goodput: ${goodputPerSecond.toFixed(2)} / s; ${share.toFixed(2)}% within ${slo} ms: the SLO is ${isMet ? 'met' : 'missed'}`,
  ];
}
