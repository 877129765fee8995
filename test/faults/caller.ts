import { type Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request without any answer after this long is lost. */
const LOST_AFTER_MS = 120_000;

/** How one request ended for the one who sent it. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly connection: string | undefined;
      readonly body: string;
    }
  /** The caller itself went away. */
  | { readonly kind: 'left' }
  | { readonly kind: 'lost'; readonly reason: string };

export interface CallOptions {
  readonly agent: Agent;
  /** Goes away after so long. */
  readonly leaveAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request, without any retry, and waits for its one end. */
export function call(url: string, body: string, options: CallOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    let hasLeft = false;
    const end = (outcome: Outcome): void => {
      clearTimeout(leaving);
      clearTimeout(losing);
      resolve(outcome);
    };
    const lose = (reason: string): void => {
      end(hasLeft ? { kind: 'left' } : { kind: 'lost', reason });
    };
    const headers = { 'content-type': 'application/json', ...options.headers };
    const outgoing = request(
      `${url}/translation`,
      { method: 'POST', agent: options.agent, headers },
      (response) => {
        text(response).then(
          (received) => {
            const { statusCode: status = 0 } = response;
            const { connection } = response.headers;
            end({ kind: 'answered', status, connection, body: received });
          },
          (error: unknown) => {
            lose(String(error));
          },
        );
      },
    );
    const leave = (): void => {
      hasLeft = true;
      outgoing.destroy();
    };
    const leaving =
      options.leaveAfterMs === undefined ? undefined : setTimeout(leave, options.leaveAfterMs);
    const losing = setTimeout(() => {
      outgoing.destroy(new Error('no answer'));
    }, LOST_AFTER_MS);
    outgoing.on('error', (error) => {
      lose(error.message);
    });
    outgoing.end(body);
  });
}
