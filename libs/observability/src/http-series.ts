import { assertInvariant, ERROR_CODES, TRANSLATION_ROUTES } from '#libs/domain';

/** What a request over HTTP is counted under. */
export interface HttpSeries extends Readonly<Record<string, string>> {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

const OTHER = 'other';
const FAILURES = [...new Set(Object.values(ERROR_CODES).map(({ status }) => status))];
const ANSWER = [200, ...FAILURES];
/** A page can be moved or unchanged; a client can leave; a handler can fail. */
const PAGE = [200, 300, 499, 500];
const PROBE = [200, 499, 500, 503];

/** Statuses by route. Whatever else is asked for, in whichever way, is one route more, named `other`. */
const ROUTES: readonly (readonly [method: string, route: string, statuses: readonly number[]])[] = [
  ...Object.values(TRANSLATION_ROUTES).map((route) => ['POST', route, ANSWER] as const),
  ['POST', '/detect', ANSWER],
  ['GET', '/livez', PROBE],
  ['GET', '/readyz', PROBE],
  ['GET', '/startupz', PROBE],
  ['GET', '/health', PROBE],
  ['GET', '/metrics', PAGE],
  ['GET', '/languages', PAGE],
  [OTHER, OTHER, [100, 200, 300, ...FAILURES]],
];

export const HTTP_SERIES: readonly HttpSeries[] = ROUTES.flatMap(([method, route, statuses]) =>
  [...statuses]
    .sort((one, other) => one - other)
    .map((status) => ({ method, route, status: String(status) })),
);

/** For answers that HTTP does not have. */
const UNHEARD_OF: HttpSeries = { method: OTHER, route: OTHER, status: '500' };

const byKey = new Map(HTTP_SERIES.map((series) => [keyOf(series), series]));

/**
 * The series of a request. A status without a series of its own counts as the x00 of its class, as RFC 9110
 * (section 15) has clients understand one that they do not know.
 *
 * @param route the pattern of the route, undefined where none was found
 */
export function httpSeriesOf(
  method: string,
  route: string | undefined,
  status: number,
): HttpSeries {
  const ofClass = Math.floor(status / 100) * 100;
  for (const candidate of [
    { method, route: route ?? OTHER, status: String(status) },
    { method, route: route ?? OTHER, status: String(ofClass) },
    { method: OTHER, route: OTHER, status: String(status) },
    { method: OTHER, route: OTHER, status: String(ofClass) },
  ]) {
    const series = byKey.get(keyOf(candidate));
    if (series !== undefined) return series;
  }
  const last = byKey.get(keyOf(UNHEARD_OF));
  assertInvariant(
    last !== undefined,
    'the table of HTTP series has no row for what it does not know',
  );
  return last;
}

function keyOf({ method, route, status }: HttpSeries): string {
  return `${method} ${route} ${status}`;
}
