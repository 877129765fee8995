import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { InferenceService } from '#libs/inference';
import { DrainState } from '../drain-state.js';

/** What terminus asks. The length of the queue is none of it: a busy service is healthy. */
@Injectable()
export class EngineHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly inference: InferenceService,
    private readonly drainState: DrainState,
  ) {}

  /** Up while at least one engine takes work. */
  engine(): HealthIndicatorResult {
    const indicator = this.indicators.check('engine');
    const { state } = this.inference;
    return state === 'ready' ? indicator.up({ state }) : indicator.down({ state });
  }

  /** Up until the service has been told to stop. */
  accepting(): HealthIndicatorResult {
    const indicator = this.indicators.check('accepting');
    return this.drainState.isDraining ? indicator.down('draining') : indicator.up();
  }
}
