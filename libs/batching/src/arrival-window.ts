import { bufferTime, connect, exhaustMap, type Observable, startWith, take } from 'rxjs';

export interface ArrivalWindow {
  /** Longest that an idle engine waits for company after an arrival. */
  readonly windowMs: number;
  /** So many arrivals end the wait. */
  readonly windowSegments: number;
}

/**
 * Emits at the end of each window. An arrival opens one; it closes after `windowMs` or with `windowSegments`
 * arrivals. Without arrivals no timer runs.
 */
export function windowEnds(
  arrivals: Observable<void>,
  { windowMs, windowSegments }: ArrivalWindow,
): Observable<unknown> {
  return arrivals.pipe(
    connect((all) =>
      all.pipe(
        exhaustMap(() =>
          all.pipe(startWith(undefined), bufferTime(windowMs, null, windowSegments), take(1)),
        ),
      ),
    ),
  );
}
