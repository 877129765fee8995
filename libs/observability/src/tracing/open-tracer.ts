import type { Logger } from '../logger.js';
import type { Tracer } from './tracer.js';

/**
 * A tracer that sends to an OTLP collector over HTTP; undefined, and nothing of OpenTelemetry loaded, where
 * there is no endpoint.
 *
 * @param endpoint the collector's base URL, to which `/v1/traces` is added
 */
export async function openTracer(
  endpoint: string | undefined,
  logger: Logger,
): Promise<Tracer | undefined> {
  if (endpoint === undefined) return undefined;
  const { OtlpTracer } = await import('./otlp-tracer.js');
  return new OtlpTracer(endpoint, logger);
}
