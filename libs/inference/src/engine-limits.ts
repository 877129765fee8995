import { memoryBytes } from '#libs/config';
import type { PolicyLimits } from '#libs/decoding';

/**
 * Sentences that one engine on a CPU decodes together where nothing else is said. Integer products are at
 * their full speed from some hundred rows on: 32 sentences of 5 beams.
 */
const CPU_MAX_SENTENCES = 32;

/** Part of the memory that keys and values may take, over all engines: the rest is for weights and activations. */
const KEY_VALUE_SHARE = 0.25;

/**
 * Padded places of one run of the encoder, but for a sentence that is longer. What such a run computes stays in the cache:
 * with 1024 places it takes 8 to 24 % longer (418M shape, one thread), and for seconds nothing else can be done.
 */
const MAX_ENCODER_PLACES = 256;

/** Limits of one of `replicas` engines on a CPU, which share `keyValueBytes` of memory. */
export function defaultEngineLimits(
  maxSentences = CPU_MAX_SENTENCES,
  replicas = 1,
  keyValueBytes = KEY_VALUE_SHARE * memoryBytes(),
): PolicyLimits {
  return {
    maxKeyValueBytes: Math.floor(keyValueBytes / replicas),
    maxSentences,
    quantumMs: 50,
    maxQuantumSteps: 16,
    maxEncoderPlaces: MAX_ENCODER_PLACES,
  };
}
