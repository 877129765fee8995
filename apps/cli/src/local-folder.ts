import { existsSync } from 'node:fs';
import type { AppConfig } from '#libs/config';
import { OperatorError } from '#libs/domain';
import type { WorkReport } from './work-report.js';

/**
 * The folder that a location names. A folder that exists is always meant; else what looks like a hub id is
 * fetched into the cache.
 */
export async function localFolder(
  location: string,
  config: AppConfig,
  report: WorkReport,
): Promise<string> {
  if (existsSync(location)) return location;
  // What downloads takes a fifth of a second to load, and a service with a model at hand is to start.
  const { fetchModel, parseHubId } = await import('#libs/model-hub');
  const id = parseHubId(location);
  if (id === undefined)
    throw new OperatorError(
      `There is no model at "${location}". Name a prepared folder, a local folder in the Hugging Face layout, or a hub id such as facebook/m2m100_418M.`,
    );
  return fetchModel(id, { settings: config, cacheFolder: config.cacheDir, ...report });
}

/** The model and commit of a hub that a folder was fetched from. */
export async function originOf(folder: string): Promise<string | undefined> {
  const { formatHubId, readSnapshotId } = await import('#libs/model-hub');
  const id = await readSnapshotId(folder);
  return id === undefined ? undefined : formatHubId(id);
}
