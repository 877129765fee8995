import { METRICS } from '../../libs/observability/src/metric-table.js';

/** Of the service's own metrics. */
export const METRIC_NAMES: ReadonlySet<string> = new Set(Object.keys(METRICS));
