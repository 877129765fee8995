import { Agent, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';

/** Enough text to be still in the engine when the signal arrives. */
const LONG_REQUEST = {
  payload: {
    fromLang: 'en',
    toLang: 'de',
    records: Array.from({ length: 60 }, (_, id) => ({
      id,
      text: `Tom and Mary went to the station with ${id} friends because the weather was nice today.`,
    })),
  },
};

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: string;
}

function post(url: string, agent: Agent, body: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/translation`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            connection: response.headers.connection,
            body: text,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

async function untilMetric(service: RunningService, name: string, least: number): Promise<void> {
  while ((await service.metric(name)) < least);
}

describe('SIGTERM', () => {
  it('lets running requests finish on connections that then close, and ends with 0', async () => {
    const service = await RunningService.start({ DRAIN_DELAY_MS: '1500' });
    const agent = new Agent({ keepAlive: true });
    const running = post(service.url, agent, LONG_REQUEST);
    await untilMetric(service, 'translation_active_rows', 1);
    const exitCode = service.stop();
    // The listener stays open for DRAIN_DELAY_MS, so that a load balancer can learn of it.
    let readiness = 200;
    while (readiness === 200) readiness = (await fetch(`${service.url}/readyz`)).status;
    expect(readiness).toBe(503);
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    const answer = await running;
    expect(answer.status).toBe(200);
    expect(answer.connection).toBe('close');
    expect((JSON.parse(answer.body) as { result: unknown[] }).result).toHaveLength(60);
    expect(await exitCode).toBe(0);
  });

  it('ends at once when it comes a second time', async () => {
    const service = await RunningService.start({ DRAIN_DELAY_MS: '60000' });
    const exit = service.stop();
    let readiness = 200;
    while (readiness === 200) readiness = (await fetch(`${service.url}/readyz`)).status;
    const startedAtMs = performance.now();
    service.process.kill('SIGTERM');
    expect(await exit).toBe(143);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});
