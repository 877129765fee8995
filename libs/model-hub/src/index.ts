export { fetchModel, type FetchModelOptions, type FetchProgress } from './fetch-model.js';
export type { HubSettings } from './hub-connection.js';
export { type HubId, parseHubId } from './hub-id.js';
