import type { BatchingService } from '#libs/batching';
import type { InferenceService, InferenceStatistics } from '#libs/inference';
import type { Metrics } from '#libs/observability';
import type { DrainState } from '../drain-state.js';

/** Has the metrics read what the parts of the service know of themselves. */
export function readFromService(
  metrics: Metrics,
  batching: BatchingService,
  inference: InferenceService,
  drainState: DrainState,
): void {
  const statistics = (): InferenceStatistics => inference.statistics;
  metrics.readFrom('translation_queue_segments', {}, () => batching.queuedSegments);
  metrics.readFrom('translation_queue_tokens', {}, () => batching.queuedTokens);
  metrics.readFrom('translation_backlog_seconds', {}, () =>
    backlogSeconds(batching.queuedTokens, statistics()),
  );
  metrics.readFrom('translation_steps_total', {}, () => statistics().steps);
  metrics.readFrom('translation_active_rows', {}, () => statistics().runningRows);
  metrics.readFrom('translation_segments_total', {}, () => statistics().finishedSentences);
  metrics.readFrom('translation_source_tokens_total', {}, () => statistics().sourceTokens);
  metrics.readFrom('translation_engine_busy_seconds_total', {}, () => {
    const { encodeMs, stepMs } = statistics();
    return (encodeMs + stepMs) / 1000;
  });
  metrics.readFrom('translation_draining', {}, () => (drainState.isDraining ? 1 : 0));
}

/** Waiting tokens at the rate of the tokens so far; 0 before there was any. */
function backlogSeconds(waitingTokens: number, statistics: InferenceStatistics): number {
  const { sourceTokens, encodeMs, stepMs } = statistics;
  if (sourceTokens === 0) return 0;
  return (waitingTokens * (encodeMs + stepMs)) / sourceTokens / 1000;
}
