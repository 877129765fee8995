export { watchEventLoop } from './event-loop.js';
export { httpSeriesOf } from './http-series.js';
export { createLogger, type Logger } from './logger.js';
export { Metrics } from './metrics.js';
export { NestLogger } from './nest.logger.js';
export { formatServerTiming, type StageTimes } from './stage-times.js';
