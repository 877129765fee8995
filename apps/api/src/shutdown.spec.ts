import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../test/support/scripted-service.js';
import { bodyOf } from '../../../test/support/translation-requests.js';

/** Keeps its connections alive, as load balancers do. */
const agent = new Agent({ keepAlive: true });
afterEach(() => {
  agent.destroy();
});

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

function send(service: ScriptedService, path: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = httpRequest(service.url + path, { method, headers, agent }, (response) => {
      readAll(response).then((received) => {
        resolve({
          status: response.statusCode,
          connection: response.headers.connection,
          retryAfter: response.headers['retry-after'],
          body: received,
        });
      }, reject);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function untilLogged(service: ScriptedService, message: string): Promise<void> {
  while (!service.logLines.some(({ msg }) => msg === message))
    await new Promise((resolve) => setImmediate(resolve));
}

/** Sends a request and waits until it is in the queue, where it stays. */
async function sendAndHold(service: ScriptedService): Promise<Promise<Answer>[]> {
  service.engines.room = 0;
  const held = send(service, '/translation', bodyOf('Held back.'));
  for (;;) {
    const { body } = await send(service, '/metrics');
    if (body.includes('\ntranslation_queue_segments 1\n')) return [held];
  }
}

describe('a shutdown', () => {
  it('turns readiness red at once, and accepts until the load balancer has learnt of it', async () => {
    const service = await startScriptedService({ DRAIN_DELAY_MS: '2000' });
    expect(await send(service, '/readyz')).toMatchObject({ status: 200, connection: 'keep-alive' });
    const drained = service.drain();
    expect(await send(service, '/readyz')).toMatchObject({ status: 503, connection: 'close' });
    expect(await send(service, '/livez')).toMatchObject({ status: 200, connection: 'close' });
    expect(await send(service, '/translation', bodyOf('Hello.'))).toMatchObject({
      status: 200,
      connection: 'close',
    });
    await drained;
    expect(service.engines.isStopped).toBe(true);
    expect(service.server.listening).toBe(false);
  });

  it('then refuses, while what was accepted is finished', async () => {
    const service = await startScriptedService();
    const [held] = await sendAndHold(service);
    const drained = service.drain();
    await untilLogged(service, 'draining: finishing what was accepted');
    const refused = await send(service, '/translation', bodyOf('Too late.'));
    expect(refused).toMatchObject({ status: 503, connection: 'close' });
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    expect(refused.body).toContain('urn:babelserve:error:draining');
    expect(await send(service, '/livez')).toMatchObject({ status: 200 });
    expect(service.engines.isStopped).toBe(false);
    service.engines.makeRoom(10);
    expect(await held).toMatchObject({ status: 200, connection: 'close' });
    await drained;
    expect(service.engines.isStopped).toBe(true);
  });

  it('finishes accepted sentences that have to be halved', async () => {
    const service = await startScriptedService();
    service.engines.script = (work) => ({
      tokenIds: Int32Array.of(2),
      score: -1,
      ended: work.sourceTokenIds.length < 5,
    });
    const [held] = await sendAndHold(service);
    const drained = service.drain();
    await untilLogged(service, 'draining: finishing what was accepted');
    service.engines.makeRoom(10);
    expect(await held).toMatchObject({ status: 200 });
    expect(service.engines.works.length).toBeGreaterThan(1);
    await drained;
  });

  it('is not held up by connections that stay open', async () => {
    const service = await startScriptedService();
    await Promise.all(Array.from({ length: 5 }, () => send(service, '/livez')));
    const before = performance.now();
    await service.drain();
    // They are kept alive for 72 s, and the drain timeout would come after 35.
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  it('is not held up by a connection that somebody opened ahead', async () => {
    const service = await startScriptedService();
    const silent = connect(Number(new URL(service.url).port), '127.0.0.1');
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    const before = performance.now();
    await service.drain();
    // Node would wait for its request, and the drain timeout would come after 35 s.
    expect(performance.now() - before).toBeLessThan(15_000);
    await closed;
    expect(service.logLines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('answers what is still running with 503 when its time is over', async () => {
    const service = await startScriptedService({ DRAIN_TIMEOUT_MS: '100' });
    service.engines.script = () => 'never';
    const late = send(service, '/translation', bodyOf('Never.'));
    while (service.engines.works.length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    await service.drain();
    expect(await late).toMatchObject({
      status: 503,
      connection: 'close',
      retryAfter: '1',
      body: expect.stringContaining('urn:babelserve:error:draining') as string,
    });
    expect(service.engines.cancellations).toHaveLength(1);
    expect(service.logLines).toContainEqual(
      expect.objectContaining({ level: 'warn', requests: 1 }) as unknown,
    );
  });

  it('cuts, and counts, connections whose request never arrives', async () => {
    const service = await startScriptedService({ DRAIN_TIMEOUT_MS: '100' });
    const slow = connect(Number(new URL(service.url).port), '127.0.0.1');
    slow.write('POST /translation HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{');
    await once(slow, 'connect');
    const isCut = once(slow, 'close');
    // Sent after it, so answered after the server knows of it.
    await send(service, '/livez');
    await service.drain();
    slow.resume();
    await isCut;
    expect(service.logLines).toContainEqual(
      expect.objectContaining({ level: 'warn', connections: 1 }) as unknown,
    );
  });
});
