import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { AUTO, type Language } from '../translation-client.js';
import { ClearIcon } from './icons.js';
import { LanguagePicker } from './language-picker.js';

export function SourcePane({
  text,
  onText,
  languages,
  detectedName,
  from,
  language,
  onFrom,
}: {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly languages: readonly Language[];
  /** What the language was found to be, in the user's words. */
  readonly detectedName: string | undefined;
  readonly from: string;
  /** The language of the text, where it is known. */
  readonly language: string | undefined;
  readonly onFrom: (code: string) => void;
}): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  const auto = detectedName === undefined ? 'Detect language' : `Detected: ${detectedName}`;
  return (
    <section class="pane" aria-label="Text">
      <div class="pane-head">
        <LanguagePicker
          id="from"
          label="From"
          languages={languages}
          special={{ code: AUTO, label: auto }}
          value={from}
          onChoose={onFrom}
        />
        {text !== '' && (
          <button
            type="button"
            class="icon-button"
            aria-label="Clear the text"
            title="Clear the text"
            onClick={() => {
              onText('');
              area.current?.focus();
            }}
          >
            <ClearIcon />
          </button>
        )}
      </div>
      <textarea
        ref={area}
        class="text"
        aria-label="Text to translate"
        placeholder="Type or paste text. Each line is translated by itself."
        dir="auto"
        lang={language ?? ''}
        spellcheck={false}
        autofocus
        value={text}
        onInput={({ currentTarget }) => {
          onText(currentTarget.value);
        }}
      />
    </section>
  );
}
