import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Fault } from '../fault.js';
import type { TranslationClient } from '../translation-client.js';

/** Asks for the key that the server wants. It is kept in this page's memory alone. */
export function KeyForm({
  fault,
  client,
  onKey,
}: {
  readonly fault: Fault;
  readonly client: TranslationClient;
  readonly onKey: () => void;
}): JSX.Element {
  const [key, setKey] = useState(client.key);
  return (
    <form
      class="notice"
      onSubmit={(event) => {
        event.preventDefault();
        client.key = key.trim();
        onKey();
      }}
    >
      <p role="alert">
        <strong>This server wants a key.</strong> {fault.detail}
      </p>
      <div class="notice-actions">
        <label for="key">Key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          required
          pattern="[!-~]+"
          title="Letters, digits and signs, without blanks"
          value={key}
          onInput={({ currentTarget }) => {
            setKey(currentTarget.value);
          }}
        />
        <button type="submit" class="small-button">
          Use it
        </button>
      </div>
    </form>
  );
}
