import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { OperatorError } from '#libs/domain';
import { DECODER_TENSORS, type ModelShape, PREPARED_FILES } from '#libs/prepared-model';

type GraphName = 'encoder' | 'decoder';
export type Graphs = Readonly<Record<GraphName, InferenceSession>>;

/**
 * Loads both graphs of a prepared folder. Files that onnxruntime refuses and graphs of another shape than the
 * manifest's are an `OperatorError`.
 */
export async function openGraphs(
  folder: string,
  shape: ModelShape,
  optionsOf: (graph: GraphName) => InferenceSession.SessionOptions,
): Promise<Graphs> {
  const open = async (graph: GraphName): Promise<InferenceSession> => {
    const path = join(folder, PREPARED_FILES[graph]);
    try {
      return await InferenceSession.create(path, optionsOf(graph));
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
      throw new OperatorError(
        `${path} cannot be loaded (${reason}). Copy or prepare the model again.`,
        { cause: error },
      );
    }
  };
  const graphs = { encoder: await open('encoder'), decoder: await open('decoder') };
  requireShape(folder, shape, graphs);
  return graphs;
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
