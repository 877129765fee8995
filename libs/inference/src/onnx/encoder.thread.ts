import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { assertInvariant } from '#libs/domain';
import {
  type EncoderReply,
  type EncoderRequest,
  type EncoderThreadData,
  partsOf,
} from './encoder-thread.js';

const port = parentPort;
assertInvariant(port !== null, 'the encoder is not in a thread of its own');

function reply(message: EncoderReply, moved: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, moved);
}

async function run(
  session: InferenceSession,
  { feeds }: Extract<EncoderRequest, { kind: 'run' }>,
): Promise<void> {
  const tensors = Object.entries(feeds).map(([name, { type, data, dims }]): [string, Tensor] => [
    name,
    new Tensor(type, data, dims),
  ]);
  const outputs = partsOf(await session.run(Object.fromEntries(tensors)));
  const moved = Object.values(outputs).map(
    ({ data }) => (data as Float32Array<ArrayBuffer>).buffer,
  );
  reply({ kind: 'outputs', outputs }, moved);
}

/** Entry of an `EncoderThread`. */
async function serve({ path, options }: EncoderThreadData): Promise<void> {
  const session = await InferenceSession.create(path, options);
  reply({ kind: 'loaded', outputNames: session.outputNames });
  port?.on('message', (request: EncoderRequest) => {
    if (request.kind === 'run') run(session, request).catch(fail);
    else
      void session.release().then(() => {
        port.close();
      });
  });
}

function fail(error: unknown): void {
  reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}

serve(workerData as EncoderThreadData).catch(fail);
