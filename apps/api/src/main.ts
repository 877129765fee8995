import type { AddressInfo } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BatchingService } from '#libs/batching';
import type { AppConfig } from '#libs/config';
import { LanguageDetector } from '#libs/detection';
import { OperatorError } from '#libs/domain';
import type { InferenceService } from '#libs/inference';
import { type Logger, Metrics, NestLogger, openTracer, watchEventLoop } from '#libs/observability';
import { AppModule, type ServiceParts } from './app.module.js';
import { addDialectHooks } from './dialects/dialect-hooks.js';
import { dialectsOf } from './dialects/dialects.js';
import { DrainState } from './drain-state.js';
import { readFormBodies } from './http/form-body.js';
import { addHttpHooks } from './http/http-hooks.js';
import { readJsonBodies } from './http/json-body.js';
import { ProblemDetailsFilter } from './http/problem-details.filter.js';
import { ProblemReplies } from './http/problem-replies.js';
import { serverOptions } from './http/server-options.js';
import { addTurnstile } from './http/turnstile.js';
import { addUnreadGate, UnreadGate } from './http/unread-gate.js';
import { serveDocumentation } from './openapi.document.js';
import { PageFiles } from './page/page-files.js';
import { ServedModel } from './served-model.js';
import { shutDown } from './shutdown.js';
import { SilentConnections } from './silent-connections.js';

/** A service that listens and translates. */
export interface RunningService {
  /** Where it can be reached from this machine. */
  readonly url: string;
  /** Drains and stops. */
  stop(): Promise<void>;
}

/**
 * Starts the service. It listens from the beginning, for the probes; requests get 503 until it is ready.
 *
 * @param inference engines that may be loading already; they stop with the service
 * @returns once it is ready; rejects with an `OperatorError` where it cannot start.
 */
export async function serve(
  config: AppConfig,
  inference: InferenceService,
  logger: Logger,
): Promise<RunningService> {
  const model = await ServedModel.load(inference.settings.engine.preparedFolder);
  const parts = await serviceParts(config, model, inference, logger);
  watchEventLoop(parts.metrics);
  const adapter = httpAdapter(parts);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(parts),
    adapter,
    nestOptions(logger),
  );
  equip(app, parts);
  try {
    const url = await listen(app, config);
    logger.info({ url, settings: config }, 'listening');
    await inference.start();
    logger.info({ url, languages: parts.model.manifest.languages.length }, 'ready');
    return { url, stop: () => shutDown(shutdownParts(app, parts)) };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Everything that exists before the application. */
export async function serviceParts(
  config: AppConfig,
  model: ServedModel,
  inference: InferenceService,
  logger: Logger,
): Promise<ServiceParts> {
  const dialects = dialectsOf(config.dialects);
  return {
    config,
    model,
    dialects,
    detector: new LanguageDetector(model.manifest.languages),
    inference,
    logger,
    metrics: new Metrics(),
    drainState: new DrainState(),
    silentConnections: new SilentConnections(),
    replies: new ProblemReplies(config.bodyLimitBytes, logger, dialects),
    tracer: await openTracer(config.otlpEndpoint, logger),
    page: config.page === 'on' ? await PageFiles.load() : undefined,
  };
}

/** Fastify with our limits, hooks and body parser, before Nest has added anything. */
export function httpAdapter(parts: ServiceParts): FastifyAdapter {
  const { config, dialects, drainState, logger, metrics, replies, tracer } = parts;
  const adapter = new FastifyAdapter(serverOptions(config, replies));
  const fastify = adapter.getInstance();
  parts.silentConnections.watch(fastify.server);
  addHttpHooks(fastify, drainState, logger, metrics, tracer);
  addTurnstile(fastify, config.maxQueueRequests);
  readJsonBodies(fastify, config.bodyLimitBytes);
  readFormBodies(fastify, config.bodyLimitBytes, (path) =>
    dialects.some((dialect) => dialect.takesFormsAt(path)),
  );
  addDialectHooks(fastify, dialects);
  return adapter;
}

/** Bodies are read by our parser, and a start that fails throws instead of ending the process. */
export function nestOptions(
  logger: Logger,
): Pick<NestApplicationOptions, 'bodyParser' | 'abortOnError' | 'logger'> {
  return { bodyParser: false, abortOnError: false, logger: new NestLogger(logger) };
}

/** What is global to the Nest application. */
export function equip(
  app: NestFastifyApplication,
  { config, replies, tracer }: ServiceParts,
): void {
  if (tracer !== undefined)
    app.get(BatchingService).onBatch((batch) => {
      tracer.startBatch(batch);
    });
  // Behind the turnstile, and so asked when it is a request's turn. Callers with keys are told apart later.
  if (config.apiKeys.length === 0)
    addUnreadGate(app.getHttpAdapter().getInstance(), app.get(UnreadGate));
  app.useGlobalFilters(new ProblemDetailsFilter(replies));
  serveDocumentation(app);
}

export function shutdownParts(
  app: NestFastifyApplication,
  { config, drainState, logger, silentConnections, tracer }: ServiceParts,
): Parameters<typeof shutDown>[0] {
  const batching = app.get(BatchingService);
  const server = app.getHttpServer();
  const close = async (): Promise<void> => {
    await app.close();
    await tracer?.close();
  };
  return { config, logger, drainState, batching, server, silentConnections, close };
}

/** Connections that wait to be accepted: a burst is to get answers, not resets. The system may allow fewer. */
const LISTEN_BACKLOG = 16_384;

async function listen(app: NestFastifyApplication, { host, port }: AppConfig): Promise<string> {
  try {
    await app.listen({ port, host, backlog: LISTEN_BACKLOG });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another program listens there' : message;
    throw new OperatorError(
      `The service cannot listen on PORT ${port} of HOST ${host}: ${reason}. Set other ones.`,
      { cause: error },
    );
  }
  const address = app.getHttpServer().address() as AddressInfo;
  const isAny = host === '0.0.0.0' || host === '::';
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${isAny ? '127.0.0.1' : name}:${address.port}`;
}
