import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { BatchingService } from '#libs/batching';
import { InferenceService } from '#libs/inference';
import { Metrics } from '#libs/observability';

@ApiTags('operation')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    batching: BatchingService,
    inference: InferenceService,
  ) {
    metrics.readFrom('translation_queue_segments', () => batching.queuedSegments);
    metrics.readFrom('translation_queue_tokens', () => batching.queuedTokens);
    metrics.readFrom('translation_steps_total', () => inference.statistics.steps);
    metrics.readFrom('translation_active_rows', () => inference.statistics.runningRows);
    metrics.readFrom('translation_segments_total', () => inference.statistics.finishedSentences);
  }

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async expose(): Promise<string> {
    return this.metrics.expose();
  }
}
