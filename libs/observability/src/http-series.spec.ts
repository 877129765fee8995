import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HTTP_SERIES, httpSeriesOf } from './http-series.js';

describe('httpSeriesOf', () => {
  it('is the request itself where the table has it', () => {
    expect(httpSeriesOf('POST', '/translation', 504)).toEqual({
      method: 'POST',
      route: '/translation',
      status: '504',
    });
  });

  it('counts a status that it does not know as the first of its class', () => {
    expect(httpSeriesOf('GET', '/metrics', 304)).toMatchObject({
      route: '/metrics',
      status: '300',
    });
    expect(httpSeriesOf('GET', '/docs/*', 206)).toMatchObject({ route: 'other', status: '200' });
  });

  it('never leaves the table, whatever is asked for', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.option(fc.string(), { nil: undefined }),
        fc.integer({ min: 0, max: 999 }),
        (method, route, status) => {
          expect(HTTP_SERIES).toContain(httpSeriesOf(method, route, status));
        },
      ),
    );
  });
});
