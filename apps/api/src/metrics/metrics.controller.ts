import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { BatchingService } from '#libs/batching';
import { AppConfig } from '#libs/config';
import { InferenceService } from '#libs/inference';
import { Metrics } from '#libs/observability';
import { DrainState } from '../drain-state.js';
import { ServedModel } from '../served-model.js';
import { countEngineActivity } from './engine-metrics.js';
import { readFromEngines } from './engine-readings.js';
import { readFromQueue } from './queue-readings.js';

@ApiTags('operation')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    batching: BatchingService,
    inference: InferenceService,
    drainState: DrainState,
    config: AppConfig,
    model: ServedModel,
  ) {
    const defaultBeams = config.beamSize ?? model.manifest.generation.beamSize;
    readFromQueue(metrics, batching, drainState);
    metrics.readFrom('translation_deadline_seconds', {}, () => config.requestTimeoutMs / 1000);
    readFromEngines(metrics, inference, defaultBeams);
    countEngineActivity(metrics, inference);
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
