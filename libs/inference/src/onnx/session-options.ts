import { env, type InferenceSession } from 'onnxruntime-node';
import { executionProvidersOf } from './execution-providers.js';

export const ONNXRUNTIME_VERSION = env.versions.node ?? env.versions.common;

type Options = InferenceSession.SessionOptions;

/**
 * Nothing that changes behaviour is left to onnxruntime's defaults. Throws an `OperatorError` where the device is
 * not there.
 */
async function commonOptions(threads: number, device: string): Promise<Options> {
  return {
    executionProviders: await executionProvidersOf(device),
    executionMode: 'sequential',
    // Its own default is the host's core count, whatever the container's limit is.
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: true,
    // 3: errors. Warnings about graph clean-ups say nothing an operator could act on.
    logSeverityLevel: 3,
    extra: {
      session: {
        // A masked score is 4e-39 after the softmax. Intel's processors take some hundred cycles for a number as small
        // as that, at each step that meets it; half of a step's scores are masked.
        set_denormal_as_zero: '1',
        // Threads of a session would look for work for milliseconds after a run, on the cores that the other
        // session, or JavaScript, works on by then.
        force_spinning_stop: '1',
      },
    },
  };
}

/** For a graph as `prepare` wrote it: onnxruntime optimises it and packs its weights, in memory. */
export async function plainGraphOptions(threads: number, device: string): Promise<Options> {
  return { ...(await commonOptions(threads, device)), graphOptimizationLevel: 'all' };
}

/** For a packed graph, which is as onnxruntime wants it: weights are mapped from their file. */
export async function packedGraphOptions(threads: number, device: string): Promise<Options> {
  return { ...(await commonOptions(threads, device)), graphOptimizationLevel: 'disabled' };
}

/**
 * For writing a packed graph: the optimised graph to `graphPath`, and its weights, packed ones included, to
 * `weightsName` beside it.
 *
 * Source: onnxruntime, `include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h`.
 */
export async function packingOptions(graphPath: string, weightsName: string): Promise<Options> {
  const options = await plainGraphOptions(1, 'cpu');
  return {
    ...options,
    optimizedModelFilePath: graphPath,
    extra: {
      session: {
        ...(options.extra?.['session'] as Record<string, unknown> | undefined),
        save_external_prepacked_constant_initializers: '1',
        optimized_model_external_initializers_file_name: weightsName,
        optimized_model_external_initializers_min_size_in_bytes: '1024',
      },
    },
  };
}
