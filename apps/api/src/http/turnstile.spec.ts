import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { fastify } from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { TRANSLATION_ROUTES } from '#libs/domain';
import { type RequestTrace, startTrace } from './request-trace.js';
import { addTurnstile, Turnstile } from './turnstile.js';

function response(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

async function turns(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn();
}

describe('Turnstile', () => {
  it('lets the first in at once and the others in their order, until it is empty', async () => {
    const turnstile = new Turnstile(10);
    const entered: string[] = [];
    for (const name of ['a', 'b', 'c'])
      turnstile.pass(response(), () => {
        entered.push(name);
      });
    expect(entered).toEqual(['a']);
    await turns(10);
    expect(entered).toEqual(['a', 'b', 'c']);
    turnstile.pass(response(), () => entered.push('d'));
    expect(entered.at(-1)).toBe('d');
  });

  it('lets fewer in while others come', async () => {
    const turnstile = new Turnstile(1000);
    let entered = 0;
    for (let coming = 0; coming < 40; coming++) {
      turnstile.pass(response(), () => entered++);
      await turn();
    }
    expect(entered).toBeGreaterThan(3);
    expect(entered).toBeLessThan(10);
    await turns(40);
    expect(entered).toBe(40);
  });

  it('refuses whom it has no room for, and has room again', async () => {
    const turnstile = new Turnstile(2);
    const pass = (): void => {
      turnstile.pass(response(), () => undefined);
    };
    for (let coming = 0; coming < 3; coming++) pass();
    expect(pass).toThrow(expect.objectContaining({ code: 'queue-full' }));
    await turns(10);
    pass();
  });

  it('asks whom it refuses to stay away for as long as others have waited', async () => {
    const turnstile = new Turnstile(1);
    turnstile.pass(response(), () => undefined);
    turnstile.pass(response(), () => undefined);
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 2500);
    expect(() => {
      turnstile.pass(response(), () => undefined);
    }).toThrow(expect.objectContaining({ retryAfterSeconds: expect.toBeOneOf([3, 4]) as number }));
    clock.mockRestore();
    await turns(10);
  });

  it('forgets who leaves while it waits', async () => {
    const turnstile = new Turnstile(1);
    const entered: string[] = [];
    turnstile.pass(response(), () => entered.push('a'));
    const leaving = response();
    turnstile.pass(leaving, () => entered.push('b'));
    leaving.emit('close');
    turnstile.pass(response(), () => entered.push('c'));
    await turns(10);
    expect(entered).toEqual(['a', 'c']);
  });
});

describe('addTurnstile', () => {
  it('has probes answered before a burst that came first', async () => {
    const app = fastify();
    addTurnstile(app, 1000);
    let translated = 0;
    app.post(TRANSLATION_ROUTES.own, () => {
      const endAtMs = performance.now() + 2;
      while (performance.now() < endAtMs);
      translated++;
      return 'done';
    });
    let translatedBefore: number | undefined;
    app.get('/livez', () => {
      translatedBefore = translated;
      return 'ok';
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const send = (head: string): Promise<unknown> => {
      const socket = connect(port, '127.0.0.1').resume();
      socket.write(`${head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return once(socket, 'close');
    };
    const burst = Array.from({ length: 200 }, () => send(`POST ${TRANSLATION_ROUTES.own}`));
    await Promise.all([...burst, send('GET /livez')]);
    expect(translated).toBe(200);
    expect(translatedBefore).toBeLessThan(100);
    await app.close();
  });

  it('notes when each was let in, one after the other', async () => {
    const app = fastify();
    const traces: RequestTrace[] = [];
    app.decorateRequest('trace', null);
    app.addHook('onRequest', (request, reply, done) => {
      startTrace(request, reply, () => undefined);
      traces.push(request.trace!);
      done();
    });
    addTurnstile(app, 10);
    const workMs = 5;
    app.post(TRANSLATION_ROUTES.own, () => {
      const endAtMs = performance.now() + workMs;
      while (performance.now() < endAtMs);
      return 'done';
    });
    const requests = ['a', 'b', 'c'].map(() =>
      app.inject({ method: 'POST', url: TRANSLATION_ROUTES.own }),
    );
    for (const { statusCode } of await Promise.all(requests)) expect(statusCode).toBe(200);
    const [first = NaN, ...later] = traces.map(({ enteredAtMs }) => enteredAtMs ?? NaN);
    expect(later).toEqual([...later].sort((one, other) => one - other));
    for (const enteredAtMs of later) expect(enteredAtMs - first).toBeGreaterThanOrEqual(workMs);
    await app.close();
  });
});
