import { availableCores } from './cpu-share.js';
import { defaultEngineLimits } from './engine-limits.js';
import type { EngineLog } from './engine-log.js';
import type { InferenceSettings } from './inference.service.js';
import { packGraphs } from './packing/pack-graphs.js';
import type { EngineSettings } from './protocol/messages.js';

export interface EngineWishes {
  /** Engine processes; where nothing is said, as many as decode fastest here. */
  readonly workers?: number | undefined;
  /** Most sentences that one engine decodes at once. */
  readonly batchSize?: number | undefined;
  /** What keys and values may take, over all engines; a part of the memory where nothing is said. */
  readonly keyValueBytes?: number | undefined;
  /** `cpu`, `cuda` or `cuda:N`; the CPU where nothing is said. */
  readonly device?: string | undefined;
  /** Ends the packing of graphs early; the plan then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decides on the engines for a prepared model on this machine's processor, and packs its graphs where that has
 * not been done. Rejects with an `OperatorError` where the folder holds no prepared model.
 */
export async function planEngines(
  preparedFolder: string,
  { workers, batchSize, keyValueBytes, device = 'cpu', signal }: EngineWishes,
  log: EngineLog,
): Promise<InferenceSettings> {
  const packedFolder =
    device === 'cpu' ? await packGraphs(preparedFolder, log, { signal }) : undefined;
  const cores = await availableCores();
  const replicas = workers ?? defaultReplicas(cores, packedFolder !== undefined);
  return {
    replicas,
    engine: {
      preparedFolder,
      packedFolder,
      device,
      ...shareCores(cores, replicas, packedFolder !== undefined),
      limits: defaultEngineLimits(batchSize, replicas, keyValueBytes),
    },
  };
}

/**
 * Two engines with half of the cores each decode large batches faster than one with all: what an operator does on
 * one thread, and JavaScript between steps, costs each of them half as much. Only packed graphs make the second
 * one cheap in memory.
 */
function defaultReplicas(cores: number, isPacked: boolean): number {
  return isPacked && cores > 1 ? 2 : 1;
}

/**
 * Threads of each of `replicas` engines. An engine that works alone gets all cores, where a second session for
 * that costs no second copy of the weights.
 */
export function shareCores(
  cores: number,
  replicas: number,
  isPacked: boolean,
): Pick<EngineSettings, 'threads' | 'threadsInCompany'> {
  const share = Math.max(1, Math.floor(cores / replicas));
  if (!isPacked || share === cores) return { threads: share };
  return { threads: cores, threadsInCompany: share };
}
