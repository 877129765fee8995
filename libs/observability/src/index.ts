export { watchEventLoop } from './event-loop.js';
export { httpSeriesOf } from './http-series.js';
export { createLogger, type Logger } from './logger.js';
export { Metrics } from './metrics.js';
export { NestLogger } from './nest.logger.js';
export { openTracer } from './tracing/open-tracer.js';
export type { RequestSpan, Stage, Tracer } from './tracing/tracer.js';
export { formatServerTiming, type StageTimes } from './stage-times.js';
