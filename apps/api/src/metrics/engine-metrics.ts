import type { EngineStatus, InferenceService } from '#libs/inference';
import type { Metrics } from '#libs/observability';

/** Counts what the engines report, as they report it. */
export function countEngineActivity(metrics: Metrics, inference: InferenceService): void {
  inference.onStatus(({ recent }) => {
    metrics.count('translation_engine_cpu_seconds_total', {}, recent.cpuMs / 1000);
    for (const event of recent.events) countEvent(metrics, event);
  });
}

function countEvent(metrics: Metrics, event: EngineStatus['recent']['events'][number]): void {
  const observeStep = (phase: 'encode' | 'merge' | 'decode', durationMs: number): void => {
    metrics.observe('translation_step_duration_seconds', { phase }, durationMs / 1000);
  };
  switch (event.kind) {
    case 'admitted':
      metrics.count('translation_admitted_total', { why: event.why }, event.sentences);
      return;
    case 'encoded':
      observeStep('encode', event.encodeMs);
      observeStep('merge', event.mergeMs);
      metrics.observe('translation_batch_tokens', {}, event.tokens);
      metrics.observe('translation_batch_padding_ratio', {}, 1 - event.tokens / event.places);
      return;
    case 'stepped':
      observeStep('decode', event.stepMs);
      metrics.observe('translation_batch_rows', {}, event.rows);
      return;
    case 'finished':
      metrics.count('translation_target_tokens_total', {}, event.targetTokens);
  }
}
