import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';

/** Words that no message of ours has. */
const SECRET = 'zanzibarquux';

let running: RunningService | undefined;
afterEach(() => running?.stop());

type LogLine = Record<string, unknown>;

function linesOf(log: string): LogLine[] {
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}

/** Requests that succeed, that fail at every stage, and that nobody waits for: all with the secret in them. */
async function askForTrouble(service: RunningService): Promise<void> {
  const post = service.post.bind(service);
  const records = [{ id: SECRET, text: `My password is ${SECRET}.` }];
  const payload = { fromLang: 'en', toLang: 'de', records };
  await service.translate('en', 'de', [`My password is ${SECRET}.`, `${SECRET} `.repeat(300)]);
  await post({ payload }, { accept: 'application/x-ndjson' }).then((answer) => answer.text());
  await post({ payload }, { 'x-request-timeout-ms': '1' });
  await post({ payload, [SECRET]: SECRET });
  await post({ payload: { ...payload, toLang: SECRET } });
  await post({ payload: { ...payload, options: { beamSize: SECRET } } });
  await post(`{"payload": ${SECRET}}`);
  await post({ payload: { ...payload, records: [{ id: 1, text: SECRET.repeat(1000) }] } });
  await post({ payload }, { 'content-type': `text/${SECRET}` });
  await post({ payload }, { 'x-request-id': `${SECRET} is not an id` });
  await fetch(`${service.url}/${SECRET}?text=${SECRET}`);
  await leave(service.url, JSON.stringify({ payload }));
}

/** Sends a request and goes away. */
async function leave(url: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const head = [
    'POST /translation HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.resetAndDestroy();
  await once(socket, 'close');
}

describe('the log', () => {
  it('has no word of what callers send, at its most talkative and whatever goes wrong', async () => {
    const service = (running = await RunningService.start({ LOG_LEVEL: 'trace' }));
    await askForTrouble(service);
    await service.stop();
    const lines = linesOf(service.log);
    expect(lines.filter(({ route }) => route === '/translation').length).toBeGreaterThanOrEqual(11);
    expect(service.log).not.toContain(SECRET);
  });

  it('shows texts and translations where they are asked for, and says so at the start', async () => {
    const service = (running = await RunningService.start({ LOG_TEXT: 'on' }));
    await service.translate('en', 'de', [`Hello, ${SECRET}.`]);
    await service.stop();
    const lines = linesOf(service.log);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      msg: expect.stringContaining('LOG_TEXT') as string,
    });
    const done = lines.find(({ route }) => route === '/translation');
    expect(done?.['texts']).toEqual([
      {
        from: 'en',
        to: 'de',
        text: `Hello, ${SECRET}.`,
        translation: expect.stringMatching(/./) as string,
      },
    ]);
  });

  it('has a line for each request: its id, sizes, times and outcome', async () => {
    const service = (running = await RunningService.start());
    const records = ['Good morning.', 'How are you? I am well.'].map((text, id) => ({ id, text }));
    const body = { payload: { fromLang: 'en', toLang: 'de', records } };
    await service.post(body, { 'x-request-id': 'the-first' });
    await service.post('{', { 'x-request-id': 'the-second' });
    await service.stop();
    const requests = linesOf(service.log).filter(({ requestId }) => requestId !== undefined);
    const number = expect.any(Number) as number;
    expect(requests).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: 'request done',
        requestId: 'the-first',
        method: 'POST',
        route: '/translation',
        status: 200,
        outcome: 'ok',
        durationMs: number,
        records: 2,
        segments: 3,
        sourceTokens: number,
        targetTokens: number,
        tokenizationMs: number,
        queueMs: number,
        inferenceMs: number,
      }),
      expect.objectContaining({
        level: 'info',
        msg: 'request failed',
        requestId: 'the-second',
        status: 400,
        outcome: 'invalid',
        code: 'malformed-json',
      }),
    ]);
    expect(requests[0]?.['targetTokens']).toBeGreaterThan(6);
  });
});
