import type { JSX } from 'preact';
import type { TranslationView } from '../live-translation.js';

/** For the ear: that the translation is there. Reading out every change of it would drown the keyboard. */
export function Announcement({
  view,
  toName,
}: {
  readonly view: TranslationView;
  readonly toName: string;
}): JSX.Element {
  return (
    <p class="unseen" role="status">
      {view.isWorking ? '' : wordsFor(view, toName)}
    </p>
  );
}

function wordsFor({ lines }: TranslationView, toName: string): string {
  const done = lines.filter(({ kind }) => kind === 'done').length;
  const failed = lines.filter(({ kind }) => kind === 'failed').length;
  return [
    done > 0 ? `Translated into ${toName}: ${countOf(done)}.` : '',
    failed > 0 ? `Not translated: ${countOf(failed)}.` : '',
  ]
    .filter((words) => words !== '')
    .join(' ');
}

function countOf(lines: number): string {
  return lines === 1 ? '1 line' : `${lines} lines`;
}
