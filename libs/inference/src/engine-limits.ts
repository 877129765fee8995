import type { DecodeLoopLimits } from '#libs/decoding';

/**
 * Sentences that one engine on a CPU decodes together where nothing else is said. Integer products are at
 * their full speed from some hundred rows on: 32 sentences of 5 beams.
 */
const CPU_MAX_SENTENCES = 32;

/** Limits of an engine on a CPU. */
export function defaultEngineLimits(maxSentences = CPU_MAX_SENTENCES): DecodeLoopLimits {
  return {
    maxSentences,
    quantumMs: 50,
    maxQuantumSteps: 16,
    maxEncoderPlaces: 1024,
  };
}
