import type { AppConfig } from '#libs/config';
import { type EngineLog, InferenceService, planEngines } from '#libs/inference';

/** The configured engines for a prepared model, not started yet; the caller stops them. Rejects as `planEngines` does. */
export async function makeEngines(
  { appWorkers: workers, batchSize, keyValueBytes, device }: AppConfig,
  preparedFolder: string,
  log: EngineLog,
  signal?: AbortSignal,
): Promise<InferenceService> {
  const wishes = { workers, batchSize, keyValueBytes, device, signal };
  return new InferenceService(await planEngines(preparedFolder, wishes, log), log);
}
