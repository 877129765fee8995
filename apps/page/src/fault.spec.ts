import { describe, expect, it } from 'vitest';
import { faultOf } from './fault.js';

function problem(status: number, headers: Record<string, string> = {}): Response {
  const body = { title: 'It is full', detail: 'Come back.', status, instance: 'id-1' };
  return new Response(JSON.stringify(body), { status, headers });
}

describe('faultOf', () => {
  it.each([
    [400, 'refused'],
    [401, 'key'],
    [413, 'refused'],
    [422, 'refused'],
    [429, 'busy'],
    [500, 'broken'],
    [502, 'broken'],
    [503, 'busy'],
    [504, 'late'],
  ] as const)('takes %d for "%s", in the words of the server', async (status, kind) => {
    const fault = await faultOf(problem(status));
    expect(fault).toMatchObject({ kind, title: 'It is full', detail: 'Come back.' });
    expect(fault.more.requestId).toBe('id-1');
  });

  it.each([
    ['17', 17],
    ['86400', 3600],
    ['-1', 5],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 5],
    [undefined, 5],
  ])('waits for Retry-After: %s', async (header, seconds) => {
    const fault = await faultOf(
      problem(503, header === undefined ? {} : { 'retry-after': header }),
    );
    expect(fault.more.retryAfterSeconds).toBe(seconds);
  });

  it.each(['<html>Bad gateway</html>', '', 'null', '[]', '{"title":7}'])(
    'finds words of its own for %j from a proxy',
    async (body) => {
      const fault = await faultOf(new Response(body, { status: 502 }));
      expect(fault.title).toBe('The server answered with an error');
      expect(fault.detail).toBe('Status 502.');
      expect(fault.more).toEqual({});
    },
  );
});
