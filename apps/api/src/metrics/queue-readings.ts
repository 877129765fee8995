import type { BatchingService } from '#libs/batching';
import type { InferenceService } from '#libs/inference';
import type { Metrics } from '#libs/observability';
import type { DrainState } from '../drain-state.js';

/** Has the metrics read what waits. */
export function readFromQueue(
  metrics: Metrics,
  batching: BatchingService,
  inference: InferenceService,
  drainState: DrainState,
): void {
  metrics.readFrom('translation_queue_segments', {}, () => batching.queuedSegments);
  metrics.readFrom('translation_queue_tokens', {}, () => batching.queuedTokens);
  metrics.readFrom('translation_backlog_seconds', {}, () =>
    backlogSeconds(batching.queuedTokens, inference),
  );
  metrics.readFrom('translation_draining', {}, () => (drainState.isDraining ? 1 : 0));
}

/** Waiting tokens at the rate of the tokens so far; 0 before there was any. */
function backlogSeconds(waitingTokens: number, { statistics }: InferenceService): number {
  const { sourceTokens, encodeMs, stepMs } = statistics;
  if (sourceTokens === 0) return 0;
  return (waitingTokens * (encodeMs + stepMs)) / sourceTokens / 1000;
}
