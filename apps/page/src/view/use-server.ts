import { useCallback, useEffect, useState } from 'preact/hooks';
import { Fault, unreachable } from '../fault.js';
import type { Language, TranslationClient } from '../translation-client.js';

/** What the page knows of the service that it came from. */
export type ServerState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'ready'; readonly languages: readonly Language[] }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Asks the server what it has, once, and again with the function that comes along. */
export function useServer(client: TranslationClient): [ServerState, () => void] {
  const [state, setState] = useState<ServerState>({ kind: 'asking' });
  const ask = useCallback(() => {
    void askServer(client).then(setState);
  }, [client]);
  useEffect(ask, [ask]);
  return [state, ask];
}

async function askServer(client: TranslationClient): Promise<ServerState> {
  try {
    return { kind: 'ready', languages: await client.listLanguages() };
  } catch (reason) {
    return { kind: 'failed', fault: reason instanceof Fault ? reason : unreachable(reason) };
  }
}
