import { Command } from 'commander';
import {
  constantArrivals,
  measure,
  MOST_OPEN,
  MOST_REQUESTS,
  responseTimeChart,
  runOpenLoop,
  serviceCharts,
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

interface StressOptions extends LoadTargetOptions {
  readonly numReq: number;
  /** Seconds. */
  readonly sleep: number;
}

const LONGEST_SLEEP_SECONDS = 3600;

export function stressCommand(): Command {
  const command = new Command('stress')
    .description('Send requests to a running service at a fixed interval, and say how it answered.')
    .option('--num-req <n>', 'requests', wholeNumber(1, MOST_REQUESTS), 100)
    .option(
      '--sleep <s>',
      'seconds from one request to the next, whatever has become of it',
      numberOption(0, LONGEST_SLEEP_SECONDS),
      0.5,
    );
  return addLoadTargetOptions(addPaySizeOption(command))
    .addHelpText(
      'after',
      `
A request is successful when its answer has status 200 and a translation of each record. Response times are those of
the successful requests, from when each was due to the end of its answer. At most ${MOST_OPEN} requests are open at once;
what is due beyond is not sent and counts as failed.`,
    )
    .action(async (options: StressOptions) => {
      await withLoadTarget(options, (target) => stress(target, options));
    });
}

async function stress(target: LoadTarget, options: StressOptions): Promise<void> {
  const { numReq, paySize, sleep, report } = options;
  const monitor = report === undefined ? undefined : target.startMonitor();
  const progress = new RequestProgress('stress', numReq);
  const intervalMs = 1000 * sleep;
  const answers = await runOpenLoop({
    arrivals: constantArrivals(intervalMs, numReq),
    send: (index) => target.caller.translate(index),
    maxOpen: MOST_OPEN,
    onAnswer: ({ ending }) => {
      progress.answered(ending === 200);
    },
    signal: target.signal,
  }).finally(() => {
    progress.stop();
  });
  const readings = (await monitor?.stop()) ?? [];
  const measurement = measure(answers, intervalMs * numReq);
  const lines = [successSentence(measurement), ...detailLines(measurement)];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (report !== undefined)
    await writeReportFolder(report, {
      title: `${numReq} requests of ${paySize} ${paySize === 1 ? 'record' : 'records'}, one every ${sleep} s`,
      lines,
      charts: { ...responseTimeChart(answers), ...serviceCharts(readings) },
      data: { numReq, paySize, sleepSeconds: sleep, measurement, answers, readings },
    });
}
