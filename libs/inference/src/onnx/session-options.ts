import type { InferenceSession } from 'onnxruntime-node';
import { executionProvidersOf } from './execution-providers.js';
import { multipliesExactly } from './integer-products.js';

/**
 * Nothing that changes behaviour is left to onnxruntime's defaults.
 *
 * @throws OperatorError where the device is not there.
 */
export async function sessionOptions(
  threads: number,
  device: string,
): Promise<InferenceSession.SessionOptions> {
  return {
    executionProviders: await executionProvidersOf(device),
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
