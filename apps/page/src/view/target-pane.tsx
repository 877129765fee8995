import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { tierNote } from '../language-choice.js';
import type { TranslationView } from '../live-translation.js';
import { isComplete, translatedText } from '../translated-text.js';
import { AUTO, type Language } from '../translation-client.js';
import { Announcement } from './announcement.js';
import { CopyButton } from './copy-button.js';
import { LanguagePicker } from './language-picker.js';
import { TimingLine } from './timing-line.js';
import { TranslatedLines } from './translated-lines.js';

export function TargetPane({
  view,
  languages,
  from,
  source,
  to,
  toName,
  onTo,
  onRetry,
}: {
  readonly view: TranslationView;
  readonly languages: readonly Language[];
  readonly from: string;
  /** The language of the text, where it is known. */
  readonly source: string | undefined;
  readonly to: string;
  /** In the user's words. */
  readonly toName: string;
  readonly onTo: (code: string) => void;
  readonly onRetry: () => void;
}): JSX.Element {
  const output = useRef<HTMLDivElement>(null);
  const targets = languages.find(({ code }) => code === from)?.targets;
  const offered =
    from === AUTO ? languages : languages.filter(({ code }) => targets?.includes(code) !== false);
  const tier = languages.find(({ code }) => code === to)?.tier;
  const note = source === to ? `In ${toName} already` : tierNote(tier);
  return (
    <section class="pane" aria-label="Translation">
      <div class="pane-head">
        <LanguagePicker id="to" label="To" languages={offered} value={to} onChoose={onTo} />
        {note !== undefined && <span class={`tier tier-${tier ?? ''}`}>{note}</span>}
        <CopyButton text={isComplete(view) ? translatedText(view) : ''} shownIn={output} />
      </div>
      <div ref={output} class="text output" lang={to} dir="auto" aria-busy={view.isWorking}>
        <TranslatedLines view={view} onRetry={onRetry} />
      </div>
      <TimingLine view={view} />
      <Announcement view={view} toName={toName} />
    </section>
  );
}
