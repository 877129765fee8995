export {
  fetchModel,
  type FetchModelOptions,
  type FetchProgress,
  findCommit,
} from './fetch-model.js';
export type { HubSettings } from './hub-connection.js';
export { formatHubId, type HubId, parseHubId } from './hub-id.js';
export { readSnapshotId } from './snapshot-cache.js';
