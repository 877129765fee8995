import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../apps/api/src/app.module.js';
import {
  equip,
  httpAdapter,
  nestOptions,
  serviceParts,
  shutdownParts,
} from '../../apps/api/src/main.js';
import { ServedModel } from '../../apps/api/src/served-model.js';
import { shutDown } from '../../apps/api/src/shutdown.js';
import { loadConfig } from '#libs/config';
import { DEFAULT_GENERATION_OPTIONS } from '#libs/domain';
import { defaultEngineLimits, InferenceService } from '#libs/inference';
import { createLogger } from '#libs/observability';
import { type Manifest, PREPARED_FORMAT_VERSION } from '#libs/prepared-model';
import { M2M100Tokenizer } from '#libs/tokenization';
import { ScriptedEngines } from './scripted-engines.js';

const DEMO_FOLDER = fileURLToPath(new URL('../../models/demo/', import.meta.url));

/** A manifest as `prepare` writes it for the demo model; no weights are needed where engines are scripted. */
export const DEMO_MANIFEST: Manifest = {
  formatVersion: PREPARED_FORMAT_VERSION,
  family: 'm2m100',
  precision: 'int8',
  shape: {
    modelDim: 256,
    heads: 4,
    headSize: 64,
    encoderLayers: 3,
    decoderLayers: 2,
    feedForwardDim: 1024,
    vocabularySize: 8109,
    maxPositions: 1024,
  },
  tokens: { bos: 0, pad: 1, eos: 2, unk: 3, decoderStart: 2 },
  languages: ['de', 'en', 'ja'],
  generation: { ...DEFAULT_GENERATION_OPTIONS, beamSize: 5, maxLength: 200, earlyStopping: true },
  selfTest: { sourceTokenIds: [2], targetTokenIds: [], steps: [], roundingError: 0 },
  source: { kind: 'safetensors', files: {} },
  files: {},
};

/** The service with the real tokenizer, queue and HTTP server, and engines that follow a script. */
export interface ScriptedService {
  readonly url: string;
  readonly engines: ScriptedEngines;
  readonly server: Server;
  readonly logLines: Record<string, unknown>[];
  /** As on SIGTERM. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export async function startScriptedService(
  env: Record<string, string> = {},
  manifest: Manifest = DEMO_MANIFEST,
): Promise<ScriptedService> {
  const config = loadConfig({
    HOME: '/',
    HOST: '127.0.0.1',
    PORT: '0',
    DRAIN_DELAY_MS: '0',
    BATCH_WINDOW_MS: '0',
    // It is built, not there in the sources.
    PAGE: 'off',
    LOG_LEVEL: 'debug',
    ...env,
  });
  const logLines: Record<string, unknown>[] = [];
  const logger = createLogger(config.logLevel, {
    write: (line) => logLines.push(JSON.parse(line) as Record<string, unknown>),
  });
  const tokenizer = await M2M100Tokenizer.load(DEMO_FOLDER);
  const model = new ServedModel(DEMO_FOLDER, manifest, tokenizer);
  const limits = defaultEngineLimits(config.batchSize);
  // They take the place of the engines that these settings are for.
  const settings = { replicas: 1, engine: { preparedFolder: DEMO_FOLDER, threads: 1, limits } };
  const inference = new InferenceService(settings, logger);
  const parts = await serviceParts(config, model, inference, logger);
  const engines = new ScriptedEngines();
  const testing = await Test.createTestingModule({ imports: [AppModule.register(parts)] })
    .overrideProvider(InferenceService)
    .useValue(engines)
    .compile();
  const adapter = httpAdapter(parts);
  const app = testing.createNestApplication<NestFastifyApplication>(adapter, nestOptions(logger));
  equip(app, parts);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    engines,
    server,
    logLines,
    drain: () => shutDown(shutdownParts(app, parts)),
    close: () => app.close(),
  };
}
