import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { OperatorError } from '#libs/domain';
import { DECODER_TENSORS, type ModelShape, PREPARED_FILES } from '#libs/prepared-model';
import { EncoderThread } from './encoder-thread.js';

type GraphName = 'encoder' | 'decoder';

export interface Graphs {
  readonly encoder: EncoderThread;
  readonly decoder: InferenceSession;
}

/**
 * Loads both graphs of a prepared folder. Files that onnxruntime refuses and graphs of another shape than the
 * manifest's are an `OperatorError`.
 */
export async function openGraphs(
  folder: string,
  shape: ModelShape,
  optionsOf: (graph: GraphName) => InferenceSession.SessionOptions,
): Promise<Graphs> {
  const pathOf = (graph: GraphName): string => join(folder, PREPARED_FILES[graph]);
  // The encoder first: the decoder loads in this thread, and lets nothing else happen in it.
  const [encoder, decoder] = await Promise.allSettled([
    loaded(pathOf('encoder'), (path) =>
      EncoderThread.load({ path, options: optionsOf('encoder') }),
    ),
    loaded(pathOf('decoder'), (path) => InferenceSession.create(path, optionsOf('decoder'))),
  ]);
  try {
    const graphs = { encoder: valueOf(encoder), decoder: valueOf(decoder) };
    requireShape(folder, shape, graphs);
    return graphs;
  } catch (error) {
    for (const graph of [encoder, decoder])
      if (graph.status === 'fulfilled') await graph.value.release();
    throw error;
  }
}

async function loaded<Graph>(path: string, load: (path: string) => Promise<Graph>): Promise<Graph> {
  try {
    return await load(path);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
    throw new OperatorError(
      `${path} cannot be loaded (${reason}). Copy or prepare the model again.`,
      { cause: error },
    );
  }
}

function valueOf<Value>(result: PromiseSettledResult<Value>): Value {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** What batches are laid out by: an onnxruntime that is fed another layout says what nobody can mend. */
function requireShape(folder: string, shape: ModelShape, { encoder, decoder }: Graphs): void {
  const { decoderLayers, heads, headSize } = shape;
  const key = decoder.inputMetadata.find(({ name }) => name === DECODER_TENSORS.poolKey(0));
  const [, graphHeads, , graphHeadSize] = key?.isTensor === true ? key.shape : [];
  // A key and a value of each layer.
  const graphLayers = encoder.outputNames.length / 2;
  if (graphLayers === decoderLayers && graphHeads === heads && graphHeadSize === headSize) return;
  throw new OperatorError(
    `The graphs in ${folder} have ${graphLayers} decoder layers with ${graphHeads ?? 'no'} heads of ${graphHeadSize ?? 'no'}; ` +
      `its manifest.json says ${decoderLayers}, ${heads} and ${headSize}. Prepare the model again.`,
  );
}
