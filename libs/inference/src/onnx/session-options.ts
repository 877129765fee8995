import type { InferenceSession } from 'onnxruntime-node';
import { multipliesExactly } from './integer-products.js';

/** Nothing that changes behaviour is left to onnxruntime's defaults. */
export async function sessionOptions(threads: number): Promise<InferenceSession.SessionOptions> {
  return {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Its own default is the host's core count, whatever the container's limit is.
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: true,
    // 3: errors. Warnings about graph clean-ups say nothing an operator could act on.
    logSeverityLevel: 3,
    // Twice the time for products that cannot overflow, only where the quick ones could.
    ...((await multipliesExactly()) ? {} : { extra: { session: { x64quantprecision: '1' } } }),
  };
}
