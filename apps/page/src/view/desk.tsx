import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { initialPair, withSource, withTarget } from '../language-pair.js';
import { languageName } from '../language-choice.js';
import type { LanguagePair } from '../live-translation.js';
import { loadPreferences, savePreferences } from '../preferences.js';
import { AUTO, type Language, type TranslationClient } from '../translation-client.js';
import { detectedLanguage, isComplete, translatedText } from '../translated-text.js';
import { SwapIcon } from './icons.js';
import { KeyForm } from './key-form.js';
import { Notice } from './notice.js';
import { SourcePane } from './source-pane.js';
import { TargetPane } from './target-pane.js';
import { useLiveTranslation } from './use-live-translation.js';

/** The two panes, and what goes on between them. */
export function Desk({
  client,
  languages,
}: {
  readonly client: TranslationClient;
  readonly languages: readonly Language[];
}): JSX.Element {
  const [text, setText] = useState('');
  const [pair, setPair] = useState(() =>
    initialPair(languages, loadPreferences(), navigator.languages),
  );
  const [view, retry] = useLiveTranslation(client, text, pair);
  const choose = (chosen: LanguagePair): void => {
    setPair(chosen);
    savePreferences(chosen);
  };
  const detected = pair.from === AUTO ? detectedLanguage(view) : undefined;
  const source = pair.from === AUTO ? detected : pair.from;
  const swap = (): void => {
    if (source === undefined) return;
    if (isComplete(view)) setText(translatedText(view));
    choose({ from: pair.to, to: source });
  };
  const nameOf = (code: string): string => {
    const serverName = languages.find((language) => language.code === code)?.name;
    return languageName(code, serverName ?? code, navigator.languages);
  };
  const { obstacle } = view;
  return (
    <>
      <div class="desk">
        <SourcePane
          text={text}
          onText={setText}
          languages={languages}
          detectedName={detected === undefined ? undefined : nameOf(detected)}
          from={pair.from}
          language={source}
          onFrom={(from) => {
            choose(withSource(pair, from, languages));
          }}
        />
        <button
          type="button"
          class="icon-button swap"
          aria-label="Swap languages"
          title="Swap languages"
          disabled={source === undefined || source === pair.to}
          onClick={swap}
        >
          <SwapIcon />
        </button>
        <TargetPane
          view={view}
          languages={languages}
          from={pair.from}
          source={source}
          to={pair.to}
          toName={nameOf(pair.to)}
          onTo={(to) => {
            choose(withTarget(pair, to));
          }}
          onRetry={retry}
        />
      </div>
      {obstacle?.fault.kind === 'key' && (
        <KeyForm fault={obstacle.fault} client={client} onKey={retry} />
      )}
      {obstacle !== undefined && obstacle.fault.kind !== 'key' && (
        <Notice fault={obstacle.fault} retryAtMs={obstacle.retryAtMs} onRetry={retry} />
      )}
    </>
  );
}
