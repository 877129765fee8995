import type { InferenceSession } from 'onnxruntime-node';

/** Nothing that changes behaviour is left to onnxruntime's defaults. */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
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
  };
}
