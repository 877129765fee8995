import type {
  CostFit,
  PolicyLimits,
  DecodeStatistics,
  FinishedSequence,
  LoopEvent,
  SequenceRequest,
} from '#libs/decoding';

/**
 * What the service and an engine process say to each other, over the IPC channel of `child_process.fork`
 * with `serialization: 'advanced'` (typed arrays cross as they are; errors do not, so failures cross as
 * text). Sentences cross as token ids, never as text.
 */
export type EngineCommand =
  | { readonly kind: 'load'; readonly settings: EngineSettings }
  | { readonly kind: 'submit'; readonly requests: readonly SequenceRequest[] }
  | { readonly kind: 'cancel'; readonly ids: readonly number[] }
  /** Whether other engines work, too: cores are shared then. None does until this says so. */
  | { readonly kind: 'company'; readonly hasCompany: boolean }
  | { readonly kind: 'stop' };

export type EngineReport =
  /** The model is loaded and has translated once. */
  | { readonly kind: 'ready'; readonly facts: EngineFacts }
  /** The model could not be loaded; the process ends. */
  | { readonly kind: 'load-failed'; readonly message: string }
  | {
      readonly kind: 'finished';
      readonly sequences: readonly FinishedSequence[];
      readonly status: EngineStatus;
    }
  /** The engine cannot take this request, in one sentence. */
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  /** Sent while decoding and while idle. */
  | { readonly kind: 'heartbeat'; readonly status: EngineStatus }
  /** The model failed on what it was given; the process ends. */
  | { readonly kind: 'crashed'; readonly message: string };

export interface EngineSettings {
  readonly preparedFolder: string;
  /** Folder of the model's packed graphs, where there are any. */
  readonly packedFolder?: string | undefined;
  /** Threads of one operator. */
  readonly threads: number;
  /** The same while other engines work, too; undefined where it makes no difference. */
  readonly threadsInCompany?: number | undefined;
  /** `cpu`, `cuda` or `cuda:N`; the CPU where it is not there. */
  readonly device?: string | undefined;
  readonly limits: PolicyLimits;
}

export interface EngineFacts {
  readonly maxSentences: number;
  readonly loadMs: number;
}

export interface EngineStatus {
  readonly runningSentences: number;
  readonly runningRows: number;
  readonly waitingSentences: number;
  /** 99th percentile of the last turns (encoder runs and a step): what the engine is silent for at most. */
  readonly p99TurnMs: number;
  /** What the run that begins now is expected to take; 0 where none does. */
  readonly expectedRunMs: number;
  readonly statistics: DecodeStatistics;
  readonly costs: CostFit;
  readonly residentBytes: number;
  /** Since the status before. */
  readonly recent: RecentActivity;
}

export interface RecentActivity {
  readonly events: readonly LoopEvent[];
  /** Processor time of all threads, user and system. */
  readonly cpuMs: number;
}
