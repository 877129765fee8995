import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type DetectedLanguage, LanguageDetector } from '#libs/detection';
import type { StageTimes } from '#libs/observability';
import {
  type LayoutOptions,
  layOutText,
  type MarkupOptions,
  readableText,
  type SentenceSplitting,
  type TextLayout,
} from '#libs/text-layout';
import { detectLanguages } from '../translation/detect-languages.js';
import { joinRanks } from '../translation/join-ranks.js';
import { RequestTranslationService } from '../translation/request-translation.service.js';
import type { TextAsSent, TextToTranslate } from '../translation/translation-request.js';
import type { TranslatedRecord } from '../translation/translation.service.js';
import { Turn } from '../translation/turn.js';

/** Texts as dialects send them: in one pair of languages, without ids. */
export interface DialectRequest {
  readonly texts: readonly string[];
  /** Undefined where it is to be detected, for each text. */
  readonly sourceLanguage: string | undefined;
  readonly targetLanguage: string;
  /** By sentences and lines where there is none. */
  readonly splitting?: SentenceSplitting;
  /** Plain text where there is none. */
  readonly markup?: MarkupOptions | undefined;
  readonly beamSize?: number;
  readonly alternatives?: number;
}

export interface DialectText {
  readonly text: string;
  readonly alternatives: readonly string[];
  readonly sourceLanguage: string;
  readonly detected: DetectedLanguage | undefined;
}

export interface DialectTranslation {
  /** In the order sent. */
  readonly texts: readonly DialectText[];
  readonly stageTimes: StageTimes;
}

interface LaidOutText {
  readonly source: TextToTranslate;
  readonly layout: TextLayout;
}

/** What the dialects have in common: detect, take texts apart, translate, put them together. */
@Injectable()
export class DialectTranslationService {
  constructor(
    private readonly translations: RequestTranslationService,
    private readonly detector: LanguageDetector,
  ) {}

  /** All texts or a `TranslationError`. A text that is in the target language already stays as it is. */
  async translate(
    { alternatives = 0, beamSize, ...asSent }: DialectRequest,
    request: FastifyRequest,
  ): Promise<DialectTranslation> {
    if (request.trace) request.trace.records = asSent.texts.length;
    const laidOut = await this.#layOut(asSent);
    const parts = laidOut.flatMap(({ layout, source }) =>
      layout.parts.map((part): TextToTranslate => ({ ...source, ...part })),
    );
    const started = await this.translations.start(
      { texts: parts, beamSize, alternatives },
      request,
    );
    const texts = joinTexts(laidOut, await started.whole());
    return { texts, stageTimes: started.facts.stageTimes };
  }

  async #layOut({
    markup,
    sourceLanguage,
    splitting = 'sentences-and-lines',
    targetLanguage,
    texts,
  }: Omit<DialectRequest, 'beamSize' | 'alternatives'>): Promise<LaidOutText[]> {
    const sources = await detectLanguages(
      texts.map((text, id): TextAsSent => {
        const readable = sourceLanguage === undefined ? readableText(text, markup) : text;
        return { id, text: readable, sourceLanguage, targetLanguage };
      }),
      this.detector,
    );
    const laidOut: LaidOutText[] = [];
    const turn = new Turn();
    for (const [index, source] of sources.entries()) {
      const text = texts[index] ?? '';
      laidOut.push({ source, layout: layOut(text, { ...source, splitting, markup }) });
      if (turn.isOver) await turn.passOn();
    }
    return laidOut;
  }
}

function layOut(text: string, options: LayoutOptions): TextLayout {
  if (options.sourceLanguage === options.targetLanguage) return { parts: [], join: () => text };
  return layOutText(text, options);
}

function joinTexts(
  laidOut: readonly LaidOutText[],
  records: readonly TranslatedRecord[],
): DialectText[] {
  let done = 0;
  return laidOut.map(({ layout, source }) => {
    const parts = records.slice(done, done + layout.parts.length);
    done += layout.parts.length;
    const hypotheses = parts.map(({ alternatives, text }) => [text, ...alternatives]);
    const texts = joinRanks(hypotheses, (translations) =>
      layout.join(
        translations.map((text, index) => ({
          text,
          isOtherwise: parts[index]?.isOtherwise ?? false,
          alignment: parts[index]?.alignments.get(text),
        })),
      ),
    );
    const [text = '', ...alternatives] = new Set(texts);
    const { detected, sourceLanguage } = source;
    return { text, alternatives, sourceLanguage, detected };
  });
}
