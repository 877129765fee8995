import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { OperatorError } from '#libs/domain';
import { AppConfig } from './app-config.js';
import { defaultCacheFolder } from './cache-folder.js';
import { memoryBytes } from './memory-size.js';

/**
 * Reads and checks the whole configuration. Variables that it does not know are none of its business.
 *
 * @returns a frozen object.
 * @throws OperatorError with one line for each fault: the variable, its value and what is allowed.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): AppConfig {
  const known = { ...env };
  if ((known['CACHE_DIR'] ?? '').trim() === '')
    known['CACHE_DIR'] = defaultCacheFolder(env, platform);
  // The lower-case form is the older one, and the only one that some tools set.
  for (const variable of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'])
    if ((env[variable] ?? '').trim() === '') known[variable] = env[variable.toLowerCase()];
  const config = plainToInstance(AppConfig, known, { excludeExtraneousValues: true });
  const faults = validateSync(config).flatMap((fault) => Object.values(fault.constraints ?? {}));
  if (faults.length === 0) faults.push(...findImpossible(config));
  if (faults.length > 0) throw new OperatorError(faults.join('\n'));
  return Object.freeze(config);
}

/** What is well-formed and still not to be had here, one sentence each. */
function findImpossible(config: AppConfig): string[] {
  const faults: string[] = [];
  if ((config.cacheDir as string | undefined) === undefined)
    faults.push('CACHE_DIR is not set and the user has no home folder; set it to a folder.');
  return faults;
}

/** Settings that work together but hardly as intended, one sentence each, to be logged at the start. */
export function findDoubts(config: AppConfig, memory = memoryBytes()): string[] {
  const doubts: string[] = [];
  if ((config.keyValueBytes ?? 0) >= memory)
    doubts.push(
      `KEY_VALUE_BYTES (${config.keyValueBytes}) is not less than the memory there is (${memory} bytes): engines may be ended for want of it.`,
    );
  if (config.batchWindowMs >= config.requestTimeoutMs)
    doubts.push(
      `BATCH_WINDOW_MS (${config.batchWindowMs}) is not shorter than REQUEST_TIMEOUT_MS (${config.requestTimeoutMs}): requests may expire while they wait for company.`,
    );
  if (config.drainTimeoutMs < config.requestTimeoutMs)
    doubts.push(
      `DRAIN_TIMEOUT_MS (${config.drainTimeoutMs}) is shorter than REQUEST_TIMEOUT_MS (${config.requestTimeoutMs}): a shutdown may cut requests that were accepted.`,
    );
  if (config.bodyLimitBytes < config.maxTextChars)
    doubts.push(
      `BODY_LIMIT (${config.bodyLimitBytes} bytes) is smaller than a text of MAX_TEXT_CHARS (${config.maxTextChars}) can be.`,
    );
  if (config.logText === 'on')
    doubts.push(
      'LOG_TEXT is on: the log shows the texts of records and their translations. They may be sensitive.',
    );
  return doubts;
}
