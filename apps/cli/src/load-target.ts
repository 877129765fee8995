import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OperatorError } from '#libs/domain';
import {
  isLoopbackTarget,
  parseTarget,
  ServiceMonitor,
  TranslationCaller,
} from '#libs/load-testing';
import { interruptible } from './interruptible.js';
import { DEMO_MODEL } from './package-root.js';
import { numberOption } from './number-option.js';
import { wholeNumber } from './whole-number.js';

/** What commands that put load on a service have in common. */
export interface LoadTargetOptions {
  readonly url: string;
  readonly from: string;
  readonly to: string;
  readonly texts?: string;
  readonly paySize: number;
  /** Seconds. */
  readonly timeout: number;
  readonly apiKeyFile?: string;
  readonly report?: string;
  readonly iOwnThisServer?: true;
}

const LONGEST_TIMEOUT_SECONDS = 3600;
const MOST_RECORDS = 1000;
const MOST_TEXT_BYTES = 16 * 2 ** 20;
/** Pairs whose held-out sentences come with the demo model. */
const EVALUATED = ['en-de', 'de-en', 'en-ja', 'ja-en'];

export function addLoadTargetOptions(command: Command): Command {
  return command
    .option('-u, --url <url>', 'address of the service', 'http://127.0.0.1:9527')
    .option('-f, --from <language>', 'language of the texts', 'en')
    .option('-t, --to <language>', 'language to translate into', 'de')
    .option(
      '--texts <file>',
      'texts to send, one a line, in turn (default: sentences that come with the demo model)',
    )
    .option(
      '--timeout <s>',
      'deadline of each request; the service is told',
      numberOption(0.001, LONGEST_TIMEOUT_SECONDS),
      60,
    )
    .option('--api-key-file <file>', 'file with the key, for a service that asks for one')
    .option(
      '-r, --report <dir>',
      'write a page with plots, the plots as SVG files, and all figures',
    )
    .option('--i-own-this-server', 'allow a service that is not on this machine');
}

export function addPaySizeOption(command: Command): Command {
  return command.option('--pay-size <n>', 'records in a request', wholeNumber(1, MOST_RECORDS), 1);
}

/** A service to put load on, as long as it is. */
export interface LoadTarget {
  readonly caller: TranslationCaller;
  readonly signal: AbortSignal;
  /** Looks at the service from now on. */
  startMonitor(): ServiceMonitor;
}

/**
 * Runs work against the service of the options, once it is there and serves the languages. SIGINT and SIGTERM
 * end it at once.
 */
export async function withLoadTarget<Result>(
  options: LoadTargetOptions,
  work: (target: LoadTarget) => Promise<Result>,
): Promise<Result> {
  const url = parseTarget(options.url, options.iOwnThisServer === true);
  const caller = new TranslationCaller({
    url,
    fromLang: options.from,
    toLang: options.to,
    texts: await readTexts(options),
    paySize: options.paySize,
    timeoutMs: Math.ceil(1000 * options.timeout),
    apiKey: await readApiKey(options.apiKeyFile),
  });
  const startMonitor = (): ServiceMonitor =>
    new ServiceMonitor(async () => (await caller.get('/metrics')).text, isLoopbackTarget(url));
  try {
    await caller.check();
    return await interruptible(async (signal) => {
      // What is open would hold the command up until its deadline.
      signal.addEventListener('abort', () => void caller.close());
      return work({ caller, signal, startMonitor });
    });
  } finally {
    await caller.close();
  }
}

async function readTexts({ texts, from, to }: LoadTargetOptions): Promise<readonly string[]> {
  if (texts !== undefined) {
    const lines = (await readSmallFile('--texts', texts)).split(/\r?\n/);
    const filled = lines.filter((line) => line.trim() !== '');
    if (filled.length === 0) throw new OperatorError(`--texts is "${texts}", which has no text.`);
    return filled;
  }
  const pair = EVALUATED.find((name) => name === `${from}-${to}`.toLowerCase());
  const sameSource = EVALUATED.find((name) => name.startsWith(`${from.toLowerCase()}-`));
  const name = pair ?? sameSource;
  if (name === undefined)
    throw new OperatorError(
      `There are no sentences at hand in the language "${from}"; they are in en, de and ja. Name a file with --texts.`,
    );
  const lines = await readFile(join(DEMO_MODEL, 'eval', `${name}.jsonl`), 'utf8');
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { source: string }).source);
}

async function readApiKey(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await readSmallFile('--api-key-file', file)).trim();
}

async function readSmallFile(option: string, file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_TEXT_BYTES)
      throw new OperatorError(
        `${option} is "${file}", which has ${size} bytes; at most ${MOST_TEXT_BYTES} are read.`,
      );
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new OperatorError(`${option} is "${file}", which cannot be read (${code}).`, { cause });
  }
}
