import { SELF_TEST_CANDIDATES, type SelfTest } from '#libs/prepared-model';
import { M2M100Tokenizer } from '#libs/tokenization';
import type { Checkpoint } from './checkpoint.js';
import { streamLogits } from './reference/stream-logits.js';

/** Every vocabulary can write it, if need be with unknown pieces. */
const SENTENCE = 'Hello, world.';

/** Computes what an engine must find after the first target tokens of a short sentence. */
export async function computeSelfTest(checkpoint: Checkpoint): Promise<SelfTest> {
  const { folder, family, languages, tokens } = checkpoint;
  const tokenizer = await M2M100Tokenizer.load(folder);
  const source = languages.includes('en') ? 'en' : (languages[0] ?? 'en');
  const target = languages.find((code) => code !== source) ?? source;
  const sourceTokenIds = tokenizer.encode(SENTENCE, family === 'small100' ? target : source);
  const forcedBosId = family === 'small100' ? undefined : tokenizer.languageTokenId(target);
  const targetTokenIds = [tokens.decoderStart, ...(forcedBosId === undefined ? [] : [forcedBosId])];
  const [logits = new Float64Array()] = await streamLogits(checkpoint, [
    { sourceTokenIds, targetTokenIds },
  ]);
  const { vocabularySize } = checkpoint.shape;
  const candidates = bestTokens(logits.subarray(-vocabularySize), SELF_TEST_CANDIDATES);
  return { sourceTokenIds: Array.from(sourceTokenIds), forcedBosId, candidates };
}

function bestTokens(logits: Float64Array, count: number): SelfTest['candidates'] {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  const byLogit = Uint32Array.from(logits, (_, id) => id).sort(
    (a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b,
  );
  return Array.from(byLogit.subarray(0, count), (tokenId) => ({
    tokenId,
    logProbability: (logits[tokenId] ?? 0) - largest - Math.log(total),
  }));
}
