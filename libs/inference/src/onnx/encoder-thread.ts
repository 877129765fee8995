import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { assertInvariant } from '#libs/domain';

const THREAD_ENTRY = new URL('./encoder.thread.js', import.meta.url);

/** What a new thread is given. */
export interface EncoderThreadData {
  readonly path: string;
  readonly options: InferenceSession.SessionOptions;
}

/** What goes to another thread of a tensor. */
export type TensorParts = Pick<Tensor, 'type' | 'data' | 'dims'>;
type Outputs = Readonly<Record<string, TensorParts>>;

export type EncoderRequest =
  | { readonly kind: 'run'; readonly feeds: Readonly<Record<string, TensorParts>> }
  | { readonly kind: 'release' };

/** The first is `loaded` or `failed`, then there is one for each run. */
export type EncoderReply =
  | { readonly kind: 'loaded'; readonly outputNames: readonly string[] }
  | { readonly kind: 'outputs'; readonly outputs: Outputs }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * The encoder's graph in a thread of its own. Onnxruntime loads a graph on one core, in the thread that asks for it; so
 * both graphs load at once. Outputs come over without a copy. One run at a time.
 */
export class EncoderThread {
  #isBusy = false;

  private constructor(
    private readonly worker: Worker,
    readonly outputNames: readonly string[],
  ) {}

  /** Rejects with what onnxruntime says where it refuses the graph. */
  static async load(data: EncoderThreadData): Promise<EncoderThread> {
    const worker = new Worker(THREAD_ENTRY, { workerData: data, execArgv: [] });
    const reply = await nextReply(worker);
    assertInvariant(reply.kind === 'loaded', `a new encoder says "${reply.kind}"`);
    return new EncoderThread(worker, reply.outputNames);
  }

  /** Rejects with what onnxruntime says where a run fails. */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Outputs> {
    assertInvariant(!this.#isBusy, 'the encoder is running');
    this.#isBusy = true;
    this.#send({ kind: 'run', feeds: partsOf(feeds) });
    try {
      const reply = await nextReply(this.worker);
      assertInvariant(reply.kind === 'outputs', `an encoder that ran says "${reply.kind}"`);
      return reply.outputs;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Resolves when the thread has ended. */
  async release(): Promise<void> {
    const ended = once(this.worker, 'exit');
    this.worker.ref();
    this.#send({ kind: 'release' });
    await ended;
  }

  #send(request: EncoderRequest): void {
    this.worker.postMessage(request);
  }
}

export function partsOf(tensors: Readonly<Record<string, Tensor>>): Record<string, TensorParts> {
  const parts = Object.entries(tensors).map(
    ([name, { type, data, dims }]): [string, TensorParts] => [name, { type, data, dims }],
  );
  return Object.fromEntries(parts);
}

/** A thread that nobody waits for does not keep the process. */
async function nextReply(worker: Worker): Promise<EncoderReply> {
  worker.ref();
  try {
    // Rejects where the thread throws, too.
    const [reply] = (await once(worker, 'message')) as [EncoderReply];
    if (reply.kind === 'failed') throw new Error(reply.message);
    return reply;
  } finally {
    worker.unref();
  }
}
