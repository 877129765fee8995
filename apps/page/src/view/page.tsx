import type { JSX } from 'preact';
import type { TranslationClient } from '../translation-client.js';
import { Desk } from './desk.js';
import { Header } from './header.js';
import { Notice } from './notice.js';
import { useServer } from './use-server.js';

/** The whole page: nothing but its frame until the server has said which languages it has. */
export function Page({ client }: { readonly client: TranslationClient }): JSX.Element {
  const [server, reload] = useServer(client);
  return (
    <>
      <Header />
      <main>
        <h1 class="unseen">Translate</h1>
        {server.kind === 'ready' && <Desk client={client} languages={server.languages} />}
        {server.kind === 'failed' && <Notice fault={server.fault} onRetry={reload} />}
      </main>
      <footer class="footer">Translated on this server. The text goes nowhere else.</footer>
    </>
  );
}
