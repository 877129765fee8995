import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { BatchingService } from '#libs/batching';
import { InferenceService } from '#libs/inference';
import { Metrics } from '#libs/observability';
import { DrainState } from '../drain-state.js';
import { readFromService } from './service-readings.js';

@ApiTags('operation')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    batching: BatchingService,
    inference: InferenceService,
    drainState: DrainState,
  ) {
    readFromService(metrics, batching, inference, drainState);
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
