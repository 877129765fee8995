import type { Response } from 'undici';
import { OperatorError } from '#libs/domain';
import type { HubConnection } from './hub-connection.js';
import { formatHubId, type HubId } from './hub-id.js';
import { parseRetryAfter, TransientFault } from './retries.js';

const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Lets an answer with content through; for any other, says what to do. Nothing of the hub's own words is
 * repeated: they are not to be trusted.
 *
 * @param path the file that was asked for; undefined for what is known of the model itself.
 * @throws TransientFault where another attempt may help, else OperatorError.
 */
export async function requireContent(
  response: Response,
  hub: HubConnection,
  id: HubId,
  path?: string,
): Promise<void> {
  const { status, headers } = response;
  if (status === 200 || status === 206) return;
  await response.body?.cancel();
  const what = path === undefined ? formatHubId(id) : `${path} of ${formatHubId(id)}`;
  if (PASSING_STATUSES.has(status))
    throw new TransientFault(
      status === 429
        ? `${hub.endpoint} is asked too often for now (429).`
        : `${hub.endpoint} has trouble of its own with ${what} (${status}).`,
      parseRetryAfter(headers.get('retry-after'), Date.now()),
    );
  throw new OperatorError(
    `${hub.endpoint} does not give ${what} (${status}): ${remedy(response, hub, id, path)}`,
  );
}

/** Source of the header and its codes: huggingface_hub, `utils/_http.py`. */
function remedy(
  { status, headers }: Response,
  { endpoint, hasToken }: HubConnection,
  { name, revision }: HubId,
  path: string | undefined,
): string {
  const code = headers.get('x-error-code');
  const page = `${endpoint}/${name}`;
  if (code === 'GatedRepo' || (status === 403 && code === null))
    return `it is gated or private. Accept its terms on ${page}, and set HF_TOKEN to a token of that account.`;
  if (code === 'RevisionNotFound') return `there is no revision "${revision}" of it. See ${page}.`;
  if (code === 'EntryNotFound' || (status === 404 && path !== undefined))
    return `there is no such file. See ${page}/tree/${revision}.`;
  // Without a token the hub does not tell what is missing from what is private.
  if (status === 401 && hasToken)
    return 'it is not there, or HF_TOKEN is wrong, has expired or gives no access to it.';
  if (status === 401)
    return 'it is not there, or private, or gated. Check the name; for a private or gated model set HF_TOKEN. A local folder of that name was not found.';
  if (status === 404)
    return 'it is not there. Check the name, and HF_ENDPOINT. A local folder of that name was not found.';
  return 'this answer is not understood. Check HF_ENDPOINT.';
}
