import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../../test/support/scripted-service.js';
import { bodyOf, postTranslation } from '../../../../test/support/translation-requests.js';

let service: ScriptedService;
beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(async () => {
  await service.close();
});

async function statuses(): Promise<Record<string, number>> {
  const paths = ['livez', 'readyz', 'startupz', 'health'];
  const answers = await Promise.all(
    paths.map(async (path) => [path, (await fetch(`${service.url}/${path}`)).status] as const),
  );
  return Object.fromEntries(answers);
}

describe('the probes', () => {
  it('are all green while an engine is ready', async () => {
    expect(await statuses()).toEqual({ livez: 200, readyz: 200, startupz: 200, health: 200 });
  });

  it('leave the process alone while an engine is started or started again', async () => {
    service.engines.state = 'starting';
    expect(await statuses()).toEqual({ livez: 200, readyz: 503, startupz: 503, health: 503 });
  });

  it('ask for a restart only when the engines have been given up', async () => {
    service.engines.state = 'failed';
    expect(await statuses()).toEqual({ livez: 503, readyz: 503, startupz: 503, health: 503 });
  });

  it('stay green however much waits', async () => {
    service.engines.room = 0;
    const waiting = postTranslation(service.url, bodyOf(...Array<string>(500).fill('Hello.')));
    expect(await statuses()).toEqual({ livez: 200, readyz: 200, startupz: 200, health: 200 });
    service.engines.makeRoom(1000);
    expect((await waiting).status).toBe(200);
  });

  it('report in words for people', async () => {
    expect(await (await fetch(`${service.url}/health`)).json()).toMatchObject({
      status: 'ok',
      details: { engine: { status: 'up', state: 'ready' }, accepting: { status: 'up' } },
    });
    service.engines.state = 'starting';
    expect(await (await fetch(`${service.url}/health`)).json()).toMatchObject({
      status: 'error',
      error: { engine: { status: 'down', state: 'starting' } },
    });
  });

  it('are not cached', async () => {
    const response = await fetch(`${service.url}/readyz`);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
