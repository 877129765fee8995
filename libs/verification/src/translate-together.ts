import { DecodeLoop } from '#libs/decoding';
import type { Hypothesis } from '#libs/domain';
import type { LoadedModel } from './loaded-model.js';

export interface SegmentToTranslate {
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly source: string;
}

/** The best hypothesis of each segment, all decoded together by the engine's own loop. */
export async function decodeTogether(
  { manifest, port, limits }: LoadedModel,
  sources: readonly { readonly ids: Int32Array; readonly forcedBosId: number | undefined }[],
  options: { readonly beamSize: number; readonly maxLength: number },
): Promise<readonly (Hypothesis | undefined)[]> {
  const loop = new DecodeLoop(port, limits, () => performance.now());
  sources.forEach(({ ids, forcedBosId }, id) => {
    loop.submit({
      id,
      sourceTokenIds: ids,
      forcedBosId,
      options: { ...manifest.generation, ...options, numHypotheses: 1 },
    });
  });
  const best = new Map<number, Hypothesis | undefined>();
  for (let turn = await loop.turn(); turn !== undefined; turn = await loop.turn())
    for (const { id, hypotheses } of turn) best.set(id, hypotheses[0]);
  return sources.map((_, id) => best.get(id));
}

/** Translates each segment as it is, with the family's tags, and gives back the texts. */
export async function translateTogether(
  model: LoadedModel,
  segments: readonly SegmentToTranslate[],
  beamSize: number,
): Promise<string[]> {
  const { generation } = model.manifest;
  const sources = segments.map((segment) => encodeSegment(model, segment));
  const best = await decodeTogether(model, sources, { beamSize, maxLength: generation.maxLength });
  return best.map((hypothesis) => model.tokenizer.decode(hypothesis?.tokenIds ?? new Int32Array()));
}

/** M2M100 has the source's tag in the source and the target's forced, SMaLL-100 the target's in the source. */
export function encodeSegment(
  { manifest, tokenizer }: Pick<LoadedModel, 'manifest' | 'tokenizer'>,
  { source, sourceLanguage, targetLanguage }: SegmentToTranslate,
): { readonly ids: Int32Array; readonly forcedBosId: number | undefined } {
  const isM2M100 = manifest.family === 'm2m100';
  return {
    ids: tokenizer.encode(source, isM2M100 ? sourceLanguage : targetLanguage),
    forcedBosId: isM2M100 ? tokenizer.languageTokenId(targetLanguage) : undefined,
  };
}
