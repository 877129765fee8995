import type { JSX } from 'preact';
import type { LineView, TranslationView } from '../live-translation.js';

/** The translation line by line; each in the place of its source. */
export function TranslatedLines({
  view,
  onRetry,
}: {
  readonly view: TranslationView;
  readonly onRetry: () => void;
}): JSX.Element {
  if (view.lines.every(({ kind }) => kind === 'blank'))
    return (
      <p class="line placeholder" lang="en">
        The translation appears here.
      </p>
    );
  return (
    <>
      {view.lines.map((line, index) => (
        // A line is its place: what stands in it changes.
        <Line key={index} line={line} onRetry={onRetry} />
      ))}
    </>
  );
}

function Line({
  line,
  onRetry,
}: {
  readonly line: LineView;
  readonly onRetry: () => void;
}): JSX.Element {
  switch (line.kind) {
    case 'blank':
      return <p class="line">{line.text}</p>;
    case 'done':
      return (
        <p class="line" dir="auto">
          {line.line.text}
          {line.line.isTruncated && (
            <span class="truncated" lang="en">
              {' '}
              cut: too long for the model
            </span>
          )}
        </p>
      );
    case 'waiting':
      return (
        <p class="line waiting" dir="auto">
          {line.previous}
        </p>
      );
    case 'failed':
      return (
        <div class="line failed" lang="en" dir="ltr">
          <p>
            <strong>{line.fault.title}.</strong> {line.fault.detail}
          </p>
          <button type="button" class="small-button" onClick={onRetry}>
            Try again
          </button>
        </div>
      );
  }
}
