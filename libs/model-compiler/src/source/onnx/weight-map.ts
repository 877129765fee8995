import type { NodeInput, OnnxGraph, OnnxTensor } from './onnx-graph.js';

/** Where a tensor of the model is in an export. */
export interface MappedTensor {
  /** The tensor's name in a checkpoint. */
  readonly name: string;
  readonly tensor: OnnxTensor;
  /** Whether it lies there as `[in, out]`, where a checkpoint has `[out, in]`. */
  readonly transposed: boolean;
}

/** What a merged decoder adds to the names of its tensors. */
const MERGED_SUFFIX = /_merged_\d+$/;
/** A node of a linear layer: its path is the module's. */
const PRODUCT_NAME = /^\/?(?<module>.+)\/MatMul$/;
/** One after the other; a circle of them ends here. */
const MAX_IDENTITIES = 8;
const WEIGHT_NAME = /\.(?:weight|bias)$/;

/**
 * The model's tensors in an export of its encoder or decoder. An exporter keeps the names of all but the
 * matrices of linear layers: those it transposes and numbers, and the product's node has the module's path.
 * A name may come twice, as in the two branches of a merged decoder.
 *
 * @param prefix what the names lack: `model.encoder.` where the encoder was exported by itself, else `''`
 */
export function mapWeights(graph: OnnxGraph, prefix: string): MappedTensor[] {
  const sources = new Map(graph.identities.map(({ name, input }) => [name, input]));
  const find = (name: string): OnnxTensor | undefined => {
    let at: string | undefined = name;
    for (let steps = 0; steps <= MAX_IDENTITIES && at !== undefined; steps++) {
      const tensor = graph.initializers.get(at);
      if (tensor !== undefined) return tensor;
      at = sources.get(at);
    }
    return undefined;
  };
  const products = graph.products.flatMap((node) => mapProduct(node, find, prefix));
  const mapped = new Set(products.map(({ name }) => name));
  const named = [...graph.initializers.keys(), ...sources.keys()]
    .map((name) => ({
      name: checkpointName(name.replace(MERGED_SUFFIX, ''), prefix),
      tensor: find(name),
    }))
    .flatMap(({ name, tensor }) =>
      tensor !== undefined && WEIGHT_NAME.test(name) && !mapped.has(name)
        ? [{ name, tensor, transposed: false }]
        : [],
    );
  return [...products, ...named];
}

function mapProduct(
  { name, input }: NodeInput,
  find: (name: string) => OnnxTensor | undefined,
  prefix: string,
): MappedTensor[] {
  const module = PRODUCT_NAME.exec(name)?.groups?.['module'];
  const tensor = find(input);
  if (module === undefined || tensor?.axes.length !== 2) return [];
  const path = checkpointName(module.replaceAll('/', '.'), prefix);
  return [{ name: `${path}.weight`, tensor, transposed: true }];
}

function checkpointName(name: string, prefix: string): string {
  return name.startsWith('model.') ? name : prefix + name;
}
