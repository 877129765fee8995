import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type DetectedLanguage, LanguageDetector } from '#libs/detection';
import type { StageTimes } from '#libs/observability';
import { layOutText, type TextLayout } from '#libs/text-layout';
import { detectLanguages } from '../translation/detect-languages.js';
import { joinRanks } from '../translation/join-ranks.js';
import { RequestTranslationService } from '../translation/request-translation.service.js';
import type { TextToTranslate } from '../translation/translation-request.js';
import type { TranslatedRecord } from '../translation/translation.service.js';

/**
 * Where a text is split: nowhere; where sentences end; or also where lines end, which is for lines that stand
 * for themselves.
 */
export type SentenceSplitting = 'none' | 'sentences' | 'sentences-and-lines';

/** Texts as dialects send them: in one pair of languages, without ids. */
export interface DialectRequest {
  readonly texts: readonly string[];
  /** Undefined where it is to be detected, for each text. */
  readonly sourceLanguage: string | undefined;
  readonly targetLanguage: string;
  /** By sentences and lines where there is none. */
  readonly splitting?: SentenceSplitting;
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
    { alternatives = 0, beamSize, splitting, ...asSent }: DialectRequest,
    request: FastifyRequest,
  ): Promise<DialectTranslation> {
    const { sourceLanguage, targetLanguage } = asSent;
    if (request.trace) request.trace.records = asSent.texts.length;
    const sources = await detectLanguages(
      asSent.texts.map((text, id) => ({ id, text, sourceLanguage, targetLanguage })),
      this.detector,
    );
    const laidOut = sources.map((source) => ({ source, layout: layOut(source, splitting) }));
    const isOneSentence = splitting === 'none';
    const parts = laidOut.flatMap(({ layout, source }) =>
      layout.parts.map((text): TextToTranslate => ({ ...source, text, isOneSentence })),
    );
    const started = await this.translations.start(
      { texts: parts, beamSize, alternatives },
      request,
    );
    const texts = joinTexts(laidOut, await started.whole());
    return { texts, stageTimes: started.facts.stageTimes };
  }
}

function layOut(
  { sourceLanguage, targetLanguage, text }: TextToTranslate,
  splitting: SentenceSplitting | undefined,
): TextLayout {
  if (sourceLanguage === targetLanguage) return { parts: [], join: () => text };
  return layOutText(text, { sourceLanguage, joinsLines: splitting === 'sentences' });
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
    const texts = joinRanks(hypotheses, (translations) => layout.join(translations));
    const [text = '', ...alternatives] = new Set(texts);
    const { detected, sourceLanguage } = source;
    return { text, alternatives, sourceLanguage, detected };
  });
}
