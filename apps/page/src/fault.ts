/**
 * `busy`: no room now, later perhaps; `late`: the deadline passed; `unreachable`: no answer at all; `key`: the
 * server wants a key; `refused`: this request will never do; `broken`: the server's own failure.
 */
export type FaultKind = 'busy' | 'late' | 'unreachable' | 'key' | 'refused' | 'broken';

/** Why there is no translation, in words for the user. */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly kind: FaultKind,
    readonly title: string,
    readonly detail: string,
    readonly more: {
      /** When the server expects to have room. */
      readonly retryAfterSeconds?: number;
      /** By which the server's log knows the request. */
      readonly requestId?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(`${title}: ${detail}`, { cause: more.cause });
  }

  /** Whether it concerns the server, not the line that met it: no other line would fare better now. */
  get isGeneral(): boolean {
    return this.kind === 'busy' || this.kind === 'unreachable' || this.kind === 'key';
  }
}

/** A server that is busy and does not say for how long. */
const DEFAULT_RETRY_SECONDS = 5;
/** Whatever a proxy in between says, the user can always try sooner. */
const MAX_RETRY_SECONDS = 3600;

/** What became of a request that was not answered with 200. Reads the answer's body. */
export async function faultOf(response: Response): Promise<Fault> {
  const problem = await readProblem(response);
  const kind = kindOf(response.status);
  const title = textOr(problem['title'], 'The server answered with an error');
  const detail = textOr(problem['detail'], `Status ${response.status}.`);
  const requestId = problem['instance'];
  return new Fault(kind, title, detail, {
    ...(kind === 'busy' ? { retryAfterSeconds: retryAfterSecondsOf(response.headers) } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  });
}

/** A request that got no answer. */
export function unreachable(cause: unknown): Fault {
  return new Fault(
    'unreachable',
    'The server cannot be reached',
    'Check the connection, or whether the server runs.',
    { cause },
  );
}

function kindOf(status: number): FaultKind {
  if (status === 401) return 'key';
  if (status === 429 || status === 503) return 'busy';
  if (status === 504) return 'late';
  return status >= 500 ? 'broken' : 'refused';
}

/** Problem details, or nothing: a proxy in between answers in its own way. */
async function readProblem(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = JSON.parse(await response.text());
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

function retryAfterSecondsOf(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return seconds > 0 ? Math.min(seconds, MAX_RETRY_SECONDS) : DEFAULT_RETRY_SECONDS;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
