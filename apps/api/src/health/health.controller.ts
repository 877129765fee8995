import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorFunction,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { InferenceService } from '#libs/inference';
import { EngineHealth } from './engine.health.js';

/** Probes. None of them touches the model or depends on how much waits. */
@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly engine: EngineHealth,
    private readonly inference: InferenceService,
  ) {}

  /** A plain route: draining or a restarting engine is no reason to be killed, an engine given up is. */
  @Get('livez')
  @ApiOperation({ summary: 'Whether the process should go on' })
  @ApiOkResponse()
  @ApiServiceUnavailableResponse({ description: 'The engine has been given up: restart me.' })
  livez(@Res({ passthrough: true }) reply: FastifyReply): { status: string } {
    if (this.inference.state !== 'failed') return { status: 'ok' };
    reply.code(503);
    return { status: 'error' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Whether the service should get requests' })
  @ApiOkResponse()
  @ApiServiceUnavailableResponse({ description: 'Starting, draining, or without an engine.' })
  readyz(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.#check(
      reply,
      () => this.engine.engine(),
      () => this.engine.accepting(),
    );
  }

  @Get('startupz')
  @ApiOperation({ summary: 'Whether the model is loaded and has translated once' })
  @ApiOkResponse()
  @ApiServiceUnavailableResponse({ description: 'Still starting.' })
  startupz(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.#check(reply, () => this.engine.engine());
  }

  @Get('health')
  @ApiOperation({ summary: 'A report for people' })
  @ApiOkResponse()
  @ApiServiceUnavailableResponse()
  report(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.readyz(reply);
  }

  /** Terminus throws its report where something is down; for a probe that is an answer like any other. */
  async #check(
    reply: FastifyReply,
    ...indicators: HealthIndicatorFunction[]
  ): Promise<HealthCheckResult> {
    reply.header('cache-control', 'no-store');
    try {
      return await this.health.check(indicators);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.code(503);
      return error.getResponse() as HealthCheckResult;
    }
  }
}
