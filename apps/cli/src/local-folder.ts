import { existsSync } from 'node:fs';
import type { AppConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import { fetchModel, type FetchProgress, formatHubId, parseHubId } from '#libs/model-hub';

const LINE_INTERVAL_MS = 5000;

/**
 * The folder that a location names. A folder that exists is always meant; else what looks like a hub id is
 * fetched into the cache.
 */
export async function localFolder(location: string, config: AppConfig): Promise<string> {
  if (existsSync(location)) return location;
  const id = parseHubId(location);
  if (id === undefined)
    throw new OperatorError(
      `There is no model at "${location}". Name a prepared folder, a local folder in the Hugging Face layout, or a hub id such as facebook/m2m100_418M.`,
    );
  return fetchModel(id, {
    settings: config,
    cacheFolder: config.cacheDir,
    onProgress: progressLines(formatHubId(id)),
    onNotice: writeErrorLine,
  });
}

function progressLines(name: string): (progress: FetchProgress) => void {
  let lastMs = -Infinity;
  return ({ doneBytes, totalBytes }) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < LINE_INTERVAL_MS) return;
    lastMs = nowMs;
    const percent = Math.floor((100 * doneBytes) / totalBytes);
    writeErrorLine(`${name}: ${percent} % of ${(totalBytes / 1e6).toFixed(1)} MB`);
  };
}

function writeErrorLine(line: string): void {
  process.stderr.write(`${line}\n`);
}
