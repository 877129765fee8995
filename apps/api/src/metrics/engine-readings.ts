import { END_CAUSES, type EngineOverview, type InferenceService } from '#libs/inference';
import type { Metrics } from '#libs/observability';

/**
 * Has the metrics read what the engines know of themselves.
 *
 * @param defaultBeams rows of a sentence whose request names no number of beams
 */
export function readFromEngines(
  metrics: Metrics,
  inference: InferenceService,
  defaultBeams: number,
): void {
  readTotals(metrics, inference);
  metrics.readFrom('translation_row_capacity', {}, () => {
    return inference.capacity.sentences * defaultBeams;
  });
  metrics.readFrom('translation_engine_up', {}, () => inference.capacity.engines);
  const costSeconds = (cost: keyof Costs): number => (inference.capacity.costs?.[cost] ?? 0) / 1000;
  metrics.readFrom('translation_cost_model_a', {}, () => costSeconds('stepBaseMs'));
  metrics.readFrom('translation_cost_model_b', {}, () => costSeconds('stepRowMs'));
  metrics.readFrom('translation_cost_model_e0', {}, () => costSeconds('encodeBaseMs'));
  metrics.readFrom('translation_cost_model_e1', {}, () => costSeconds('encodePlaceMs'));
  const engines = (): EngineOverview[] => inference.engines;
  metrics.readFrom('translation_engine_load_seconds', {}, () => {
    return Math.max(0, ...engines().map(({ loadMs }) => (loadMs ?? 0) / 1000));
  });
  metrics.readFrom('translation_engine_resident_memory_bytes', {}, () => {
    return engines().reduce((sum, { residentBytes }) => sum + (residentBytes ?? 0), 0);
  });
  metrics.readFrom('translation_engine_last_progress_timestamp_seconds', {}, () => {
    const reports = engines().flatMap(({ lastReportAtMs }) => lastReportAtMs ?? []);
    if (reports.length === 0) return 0;
    const silentMs = performance.now() - Math.min(...reports);
    return (Date.now() - silentMs) / 1000;
  });
  for (const cause of END_CAUSES)
    metrics.readFrom('translation_engine_restarts_total', { cause }, () => {
      return engines().reduce((sum, { ends }) => sum + ends[cause], 0);
    });
}

type Costs = NonNullable<InferenceService['capacity']['costs']>;

function readTotals(metrics: Metrics, inference: InferenceService): void {
  metrics.readFrom('translation_steps_total', {}, () => inference.statistics.steps);
  metrics.readFrom('translation_active_rows', {}, () => inference.statistics.runningRows);
  metrics.readFrom('translation_segments_total', {}, () => inference.statistics.finishedSentences);
  metrics.readFrom('translation_source_tokens_total', {}, () => inference.statistics.sourceTokens);
  metrics.readFrom('translation_engine_busy_seconds_total', {}, () => {
    const { encodeMs, stepMs } = inference.statistics;
    return (encodeMs + stepMs) / 1000;
  });
}
