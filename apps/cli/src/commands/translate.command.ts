import { Command } from 'commander';
import { type LanguagePair, type ServedModel, TranslationService } from '#apps/api';
import { BatchingService } from '#libs/batching';
import { type AppConfig, loadConfig, MAX_BEAM_SIZE } from '#libs/config';
import type { InferenceService } from '#libs/inference';
import { createLogger } from '#libs/observability';
import { inputLines, mapInOrder, writeLine } from '../input-lines.js';
import { loadModel, requireLanguage } from '../loaded-model.js';
import { makeEngines } from '../make-engines.js';
import { SegmentTranslator } from '../segment-translator.js';
import { wholeNumber } from '../whole-number.js';

interface TranslateOptions {
  readonly from: string;
  readonly to: string;
  readonly model?: string;
  readonly beamSize?: number;
  readonly json?: true;
}

/** Lines that are begun before the first of them is written, as a multiple of what the engine decodes at once. */
const LINES_AHEAD = 4;

export function translateCommand(): Command {
  return new Command('translate')
    .description('Translate lines from standard input to standard output, in order.')
    .requiredOption('-f, --from <language>', 'language of the lines')
    .requiredOption('-t, --to <language>', 'language to translate into')
    .option(
      '-m, --model <dir>',
      'prepared folder, Hugging Face folder or hub id (default: MODEL_WEIGHTS)',
    )
    .option(
      '-b, --beam-size <n>',
      "beams; 1 is greedy search (default: the model's)",
      wholeNumber(1, MAX_BEAM_SIZE),
    )
    .option('--json', 'a line is one segment; write {"text", "ids", "score"} for each')
    .action(async (options: TranslateOptions) => {
      const config = loadConfig();
      const model = await loadModel(config, options.model);
      const pair = {
        sourceLanguage: requireLanguage(model, options.from),
        targetLanguage: requireLanguage(model, options.to),
      };
      const inference = await startEngine(config, model);
      try {
        const beamSize = options.beamSize ?? config.beamSize;
        const translate =
          options.json === true
            ? segmentsAsJson(new SegmentTranslator(inference, model, beamSize), pair)
            : wholeTexts(inference, model, config, pair, beamSize);
        const limit = LINES_AHEAD * inference.room;
        for await (const line of mapInOrder(inputLines(), limit, translate)) await writeLine(line);
      } finally {
        await inference.stop();
      }
    });
}

async function startEngine(config: AppConfig, model: ServedModel): Promise<InferenceService> {
  // The life of the engines is nobody's concern here; what fails, fails the command.
  const inference = await makeEngines(config, model.folder, createLogger('silent'));
  await inference.start();
  return inference;
}

function segmentsAsJson(
  translator: SegmentTranslator,
  pair: LanguagePair,
): (line: string) => Promise<string> {
  return async (line) => JSON.stringify(await translator.translate(line, pair));
}

/** Splits sentences and keeps what is between them, as the service does. */
function wholeTexts(
  inference: InferenceService,
  model: ServedModel,
  config: AppConfig,
  pair: LanguagePair,
  beamSize: number | undefined,
): (line: string) => Promise<string> {
  const batching = new BatchingService(inference, {
    windowMs: config.batchWindowMs,
    windowSegments: inference.room,
    maxQueueTokens: Infinity,
    maxQueueRequests: Infinity,
    queueOrder: 'arrival',
    cacheBytes: config.cacheBytes,
  });
  const service = new TranslationService(model, batching, config);
  let lines = 0;
  return async (text) => {
    const id = ++lines;
    const bounds = { deadlineAtMs: Infinity, signal: new AbortController().signal };
    const { records } = await service.start(
      { texts: [{ id, text, ...pair }], beamSize, alternatives: 0 },
      bounds,
    );
    const [translated] = await Promise.all(records);
    if (translated?.truncated === true)
      process.stderr.write(`line ${id}: cut at the longest target of the model\n`);
    return translated?.text ?? '';
  };
}
