import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Fault } from '../fault.js';

/** Says plainly what went wrong, and offers to try again. */
export function Notice({
  fault,
  retryAtMs,
  onRetry,
}: {
  readonly fault: Fault;
  /** When it is tried again without being asked, as of `Date.now()`. */
  readonly retryAtMs?: number | undefined;
  readonly onRetry: () => void;
}): JSX.Element {
  return (
    <div class="notice">
      <div role="alert">
        <p>
          <strong>{fault.title}.</strong> {fault.detail}
        </p>
        {fault.more.requestId !== undefined && (
          <p class="request-id">Request {fault.more.requestId}</p>
        )}
      </div>
      <div class="notice-actions">
        {retryAtMs !== undefined && <Countdown untilMs={retryAtMs} />}
        <button type="button" class="small-button" onClick={onRetry}>
          Try now
        </button>
      </div>
    </div>
  );
}

/** Silent for screen readers, by its role: the alert has said it once. */
function Countdown({ untilMs }: { readonly untilMs: number }): JSX.Element {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, 250);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
  return <span role="timer">Next try in {seconds} s</span>;
}
