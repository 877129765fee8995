import { InferenceSession, Tensor } from 'onnxruntime-node';
import { OperatorError } from '#libs/domain';

type Provider = InferenceSession.ExecutionProviderConfig;

/** An ONNX model of one node, `y = x + x` on one float32, so small that it stands here: opset 13, IR version 8. */
const PROBE = Buffer.from(
  'CAhCAhANOjkKDgoBeAoBeBIBeSIDQWRkEgVwcm9iZVoPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAE=',
  'base64',
);

/**
 * Where onnxruntime is to compute for a device: `cpu`, `cuda` or `cuda:N`. What a GPU cannot compute the CPU
 * does; but a GPU that was asked for and is not there is never replaced by it.
 *
 * @throws OperatorError where the CUDA provider does not load or compute on that GPU.
 */
export async function executionProvidersOf(device: string): Promise<readonly Provider[]> {
  if (device === 'cpu') return ['cpu'];
  const cuda = { name: 'cuda', deviceId: Number(device.split(':')[1] ?? 0) } as const;
  try {
    await computeOnlyOn(cuda);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `DEVICE is "${device}"; this device is not there: onnxruntime's CUDA provider did not load or compute (${reason}). Use the image's cuda target on a machine with an NVIDIA GPU and its driver, or set DEVICE=cpu.`,
      { cause },
    );
  }
  return [cuda, 'cpu'];
}

/** Runs the probe, with no other provider to fall back to: a list of names says nothing of what is used. */
async function computeOnlyOn(provider: Provider): Promise<void> {
  const session = await InferenceSession.create(PROBE, {
    executionProviders: [provider],
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
  try {
    const { y } = await session.run({ x: new Tensor('float32', [2], [1]) });
    if (y?.data[0] !== 4) throw new Error(`2 + 2 is ${String(y?.data[0])} there`);
  } finally {
    await session.release();
  }
}
