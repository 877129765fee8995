import { type BatchingService, SHED_CAUSES, SHED_STAGES } from '#libs/batching';
import type { Metrics } from '#libs/observability';
import type { DrainState } from '../drain-state.js';

/** Has the metrics read what waits, and what was given up. */
export function readFromQueue(
  metrics: Metrics,
  batching: BatchingService,
  drainState: DrainState,
): void {
  metrics.readFrom('translation_queue_requests', {}, () => batching.queuedRequests);
  metrics.readFrom('translation_queue_segments', {}, () => batching.queuedSegments);
  metrics.readFrom('translation_queue_tokens', {}, () => batching.queuedTokens);
  metrics.readFrom('translation_queue_oldest_age_seconds', {}, () => batching.longestWaitMs / 1000);
  metrics.readFrom('translation_backlog_seconds', {}, () => batching.backlogSeconds);
  for (const stage of SHED_STAGES)
    for (const cause of SHED_CAUSES)
      metrics.readFrom('translation_shed_total', { stage, cause }, () =>
        batching.shed.of(stage, cause),
      );
  metrics.readFrom('translation_cache_hits_total', {}, () => batching.cacheHits);
  metrics.readFrom('translation_cache_bytes', {}, () => batching.cachedBytes);
  metrics.readFrom('translation_draining', {}, () => (drainState.isDraining ? 1 : 0));
}
