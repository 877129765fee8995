import { once } from 'node:events';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { M2M100Tokenizer } from '#libs/tokenization';
import { RunningService } from '../support/service.js';
import { CHECKPOINTS } from '../support/prepared-models.js';
import { countRefusal, Crowd, TEXTS } from './crowd.js';
import { BOTH_FORMS, PATIENT, type FaultForm, type FaultRow } from './fault-row.js';

const POISONED_ENGINE = new URL('./poisoned-engine.mjs', import.meta.url).href;
const POISON = 'The volcano is dangerous.';

/** A token of the poison that no sentence of the crowd has. */
async function poisonToken(): Promise<number> {
  const tokenizer = await M2M100Tokenizer.load(CHECKPOINTS.demo);
  const harmless = new Set(TEXTS.flatMap((text) => [...tokenizer.encode(text, 'en')]));
  const token = tokenizer.encode(POISON, 'en').find((id) => !harmless.has(id));
  if (token === undefined) throw new Error('every token of the poison is in other sentences too');
  return token;
}

function bodyOf(text: string): string {
  const records = [{ id: 'poison', text }];
  return JSON.stringify({ payload: { fromLang: 'en', toLang: 'de', records } });
}

const poison: FaultRow = {
  number: '11',
  fault: 'a sentence that ends whatever engine decodes it, among others',
  forms: BOTH_FORMS,
  run: async (form) => {
    const service = await RunningService.start({
      ...PATIENT,
      NODE_OPTIONS: `--import ${POISONED_ENGINE}`,
      POISON_TOKEN_ID: String(await poisonToken()),
    });
    const crowd = await Crowd.meet(service);
    const others = Array.from({ length: form === 'short' ? 20 : 400 }, () => crowd.ask());
    const startedAtMs = performance.now();
    const poisoned = await crowd.send(bodyOf(POISON));
    expect(poisoned).toMatchObject({ kind: 'answered', status: 500 });
    await Promise.all(others);
    const recoveryMs = performance.now() - startedAtMs;
    while (service.engineProcessIds.length < 3) await delay(10);
    expect(crowd.tally.refused).toEqual(new Map([['500 engine-failed', 1]]));
    crowd.leave();
    expect(await service.stop()).toBe(0);
    const notes = 'it alone fails, after two engines; its neighbours get their translations';
    return { tally: crowd.tally, recoveryMs, notes };
  },
};

const DISCONNECTS = { short: 200, long: 1000 };
/** Long enough for a request to arrive. */
const SHORTEST_STAY_MS = 300;
const STAYS_SPREAD_MS = 300;

const disconnects: FaultRow = {
  number: '8',
  fault: 'callers go away while their requests wait or run',
  forms: BOTH_FORMS,
  run: async (form) => {
    const service = await RunningService.start();
    const crowd = await Crowd.meet(service);
    const count = DISCONNECTS[form];
    const all = Array.from({ length: count }, (_, index) =>
      crowd.ask({ leaveAfterMs: SHORTEST_STAY_MS + (STAYS_SPREAD_MS * index) / count }),
    );
    await Promise.all(all);
    const startedAtMs = performance.now();
    while (
      (await service.metric('translation_active_rows')) > 0 ||
      (await service.metric('translation_queue_segments')) > 0
    )
      await delay(10);
    const recoveryMs = performance.now() - startedAtMs;
    const cancelled = await service.metric('translation_requests_total{outcome="cancelled"}');
    expect(cancelled).toBeGreaterThan(0);
    expect(cancelled).toBeLessThanOrEqual(crowd.tally.left);
    expect(await crowd.ask()).toMatchObject({ status: 200 });
    crowd.leave();
    expect(await service.stop()).toBe(0);
    const notes = `${cancelled} of them had arrived and are counted; time until rows and queue are empty`;
    return { tally: crowd.tally, recoveryMs, notes };
  },
};

/** What the server allows a request to take to arrive, its check interval, and some more. */
const ARRIVAL_LIMIT_MS = 30_000 + 5000 + 5000;
const SLOW_CLIENTS = 100;

/** Sends a byte a second; resolves with what comes back when the server closes. */
async function dripFeed(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const answer = readAll(socket).catch(() => '');
  socket.write(head);
  const drip = setInterval(() => socket.write('x'), 1000);
  const received = await answer;
  clearInterval(drip);
  return received;
}

const slowClients: FaultRow = {
  number: '9',
  fault: `${SLOW_CLIENTS} clients send a byte a second, half of them the head, half the body`,
  forms: ['long'],
  run: async () => {
    const service = await RunningService.start();
    const crowd = await Crowd.meet(service);
    const load = crowd.keepAsking(4);
    const port = Number(new URL(service.url).port);
    const start = 'POST /translation HTTP/1.1\r\nHost: a\r\n';
    const body = `${start}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
    const startedAtMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: SLOW_CLIENTS }, (_, index) =>
        dripFeed(port, index % 2 === 0 ? `${start}X-Slow: ` : body),
      ),
    );
    const tookMs = performance.now() - startedAtMs;
    for (const answer of answers) {
      crowd.tally.sent++;
      if (answer.startsWith('HTTP/1.1 408 ')) countRefusal(crowd.tally, '408 request-timeout');
      else crowd.tally.lost.push(`no 408: ${answer.slice(0, 100)}`);
    }
    await load.stop();
    expect(tookMs).toBeLessThan(ARRIVAL_LIMIT_MS);
    crowd.leave();
    expect(await service.stop()).toBe(0);
    const notes = `closed after at most ${(tookMs / 1000).toFixed(0)} s; others are served meanwhile`;
    return { tally: crowd.tally, notes };
  },
};

async function residentMib(service: RunningService): Promise<number> {
  return (await service.metric('process_resident_memory_bytes')) / 2 ** 20;
}

const LARGE_BODIES = { short: 10, long: 200 };
const LARGE_BYTES = 10_000_000;
/** What may stay after bodies that are never kept: buffers that are not given back yet. */
const MOST_GROWTH_MIB = 200;

const largeBodies: FaultRow = {
  number: '10',
  fault: 'bodies of 10 MB, too deep, too many records',
  forms: BOTH_FORMS,
  run: async (form) => {
    const service = await RunningService.start();
    const crowd = await Crowd.meet(service);
    const load = crowd.keepAsking(4);
    const before = await residentMib(service);
    const bodies = [
      ...Array<string>(LARGE_BODIES[form]).fill(bodyOf('x'.repeat(LARGE_BYTES))),
      `{"payload":${'['.repeat(100_000)}`,
      JSON.stringify({
        payload: { records: Array.from({ length: 100_000 }, (_, id) => ({ id, text: '' })) },
      }),
      bodyOf('x'.repeat(1_000_000)),
    ];
    const outcomes = await Promise.all(bodies.map((body) => crowd.send(body)));
    for (const outcome of outcomes)
      expect([400, 413]).toContain(outcome.kind === 'answered' ? outcome.status : outcome);
    await load.stop();
    const growth = (await residentMib(service)) - before;
    expect(growth).toBeLessThan(MOST_GROWTH_MIB);
    crowd.leave();
    expect(await service.stop()).toBe(0);
    const notes = `the service grows by ${growth.toFixed(0)} MiB`;
    return { tally: crowd.tally, notes };
  },
};

const BURST: Record<FaultForm, number> = { short: 300, long: 10_000 };

const WAVE = 1000;
const BETWEEN_WAVES_MS = 100;

const burst: FaultRow = {
  number: '12',
  fault: 'requests within a second, each on a connection of its own (300; 10,000 in the long form)',
  forms: BOTH_FORMS,
  run: async (form) => {
    const service = await RunningService.start();
    const crowd = await Crowd.meet(service);
    const before = await residentMib(service);
    const startedAtMs = performance.now();
    const answers: Promise<unknown>[] = [];
    for (let sent = 0; sent < BURST[form]; sent++) {
      // No more at once than the system lets wait for a server to accept them.
      if (sent % WAVE === WAVE - 1) await delay(BETWEEN_WAVES_MS);
      answers.push(crowd.ask());
    }
    await Promise.all(answers);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    const growth = (await residentMib(service)) - before;
    const againAtMs = performance.now();
    expect(await crowd.ask()).toMatchObject({ status: 200 });
    const recoveryMs = performance.now() - againAtMs;
    crowd.leave();
    expect([...crowd.tally.refused.keys()].filter((refusal) => !/^50[34] /.test(refusal))).toEqual(
      [],
    );
    expect(await service.stop()).toBe(0);
    const notes = `all answered in ${seconds} s, the service grows by ${growth.toFixed(0)} MiB; then one more takes`;
    return { tally: crowd.tally, recoveryMs, notes: `${notes} the time on the left` };
  },
};

export const INPUT_FAULTS: readonly FaultRow[] = [
  disconnects,
  slowClients,
  largeBodies,
  poison,
  burst,
];
