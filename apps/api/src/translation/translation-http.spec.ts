import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TranslationError } from '#libs/domain';
import { echo } from '../../../../test/support/scripted-engines.js';
import {
  type ScriptedService,
  startScriptedService,
} from '../../../../test/support/scripted-service.js';
import {
  BLANK_TEXTS,
  bodyOf,
  HARMLESS_TEXTS,
  postTranslation,
} from '../../../../test/support/translation-requests.js';

let service: ScriptedService;
beforeEach(async () => {
  service = await startScriptedService();
});
afterEach(async () => {
  await service.close();
});

interface Result {
  readonly result: { readonly id: unknown; readonly text: string; readonly truncated?: boolean }[];
}

async function translate(body: unknown, headers?: Record<string, string>): Promise<Result> {
  const response = await postTranslation(service.url, body, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as Result;
}

async function metricOf(series: string): Promise<string | undefined> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line?.slice(series.length + 1);
}

/** Resolves when `isSo` holds; the event loop turns in between. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('POST /translation', () => {
  it('answers in the order sent, ids with their types, duplicates included', async () => {
    const ids = ['b', 'a', 7, 'a', '7', '', -1.5, 0, 'ü"\\'];
    const records = ids.map((id) => ({ id, text: 'Hello.' }));
    const { result } = await translate({ payload: { fromLang: 'en', toLang: 'de', records } });
    expect(result.map(({ id }) => id)).toEqual(ids);
  });

  it('gives numbers back digit for digit', async () => {
    const ids = ['12345678901234567890', '1.0', '-0', '1e2', '0.1', '5'];
    const records = ids.map((id) => `{"id":${id},"text":""}`).join(',');
    const response = await postTranslation(
      service.url,
      `{"payload":{"fromLang":"en","toLang":"de","records":[${records}]}}`,
    );
    expect(await response.text()).toBe(`{"result":[${records}]}`);
  });

  it('answers no records with an empty result', async () => {
    expect(await translate(bodyOf())).toEqual({ result: [] });
  });

  it('gives blank texts back as they are, without the engine', async () => {
    const { result } = await translate(bodyOf(...BLANK_TEXTS));
    expect(result.map(({ text }) => text)).toEqual(BLANK_TEXTS);
    expect(service.engines.works).toEqual([]);
  });

  it.each(HARMLESS_TEXTS)('takes %s for text', async (_name, text) => {
    const { result } = await translate(bodyOf(text, 'Next.'));
    expect(result.map(({ id }) => id)).toEqual([0, 1]);
    expect(result[1]?.text).toBe('Next.');
  });

  it('never makes a control token of a text', async () => {
    await translate(bodyOf('Say __de__ or </s> or __ja__.'));
    const [work] = service.engines.works;
    const inner = [...(work?.sourceTokenIds ?? [])].slice(1, -1);
    // Language tags follow the 8001 entries of the demo model's vocabulary; 0 to 3 are special.
    expect(inner.filter((id) => id === 2 || id >= 8001)).toEqual([]);
    expect(inner.length).toBeGreaterThan(5);
  });

  it('reads a lone surrogate as U+FFFD', async () => {
    expect((await translate(bodyOf(' \ud800 '))).result[0]?.text).toBe(' \ufffd ');
  });

  it('translates sentence by sentence and keeps line breaks and blanks', async () => {
    const text = '  Hello world. How are you?\r\n\r\n\tFine, thanks.  ';
    const { result } = await translate(bodyOf(text));
    expect(result[0]?.text).toBe(text);
    expect(service.engines.works).toHaveLength(3);
  });

  it('splits a sentence that is longer than the model takes, and loses none of it', async () => {
    const text = `${'one, two, three, four and five, '.repeat(100)}end.`;
    const { result } = await translate(bodyOf(text));
    expect(result[0]?.text).toBe(text);
    expect(service.engines.works.length).toBeGreaterThan(1);
    for (const { sourceTokenIds } of service.engines.works)
      expect(sourceTokenIds.length).toBeLessThanOrEqual(200);
  });

  it("uses a record's own languages over the payload's, in any case and as BCP 47", async () => {
    await translate({
      payload: {
        fromLang: 'EN-gb',
        toLang: 'de',
        records: [
          { id: 1, text: 'a' },
          { id: 2, text: 'b', toLang: 'ja-JP' },
          { id: 3, text: 'c', fromLang: 'de', toLang: 'en' },
          { id: 4, text: 'd', fromLang: null, toLang: null },
        ],
      },
    });
    const tags = service.engines.works.map(({ sourceTokenIds, forcedBosId }) => [
      sourceTokenIds[0],
      forcedBosId,
    ]);
    const [en, de, ja] = [8001 + 18, 8001 + 16, 8001 + 42];
    expect(tags).toEqual([
      [en, de],
      [en, ja],
      [de, en],
      [en, de],
    ]);
  });

  it('detects the language of each record where fromLang is auto', async () => {
    const { result } = await translate({
      payload: {
        fromLang: 'auto',
        toLang: 'ja',
        records: [
          { id: 1, text: 'Where is the train station? I cannot find it.' },
          { id: 2, text: 'Wo ist denn der Bahnhof? Ich finde ihn nicht.' },
          { id: 3, text: ' ' },
          { id: 4, text: 'Where is it?', fromLang: 'de' },
        ],
      },
    });
    expect(result).toMatchObject([
      { id: 1, detectedLanguage: { language: 'en' } },
      { id: 2, detectedLanguage: { language: 'de' } },
      { id: 3, text: ' ', detectedLanguage: { language: 'en', confidence: 0 } },
      { id: 4 },
    ]);
    expect(result[3]).not.toHaveProperty('detectedLanguage');
    const [en, de] = [8001 + 18, 8001 + 16];
    const tags = service.engines.works.map(({ sourceTokenIds }) => sourceTokenIds[0]);
    expect(tags).toEqual([en, en, de, de, de]);
  });

  it("searches with the model's options and the beams that the request asks for", async () => {
    await translate(bodyOf('Hello.'));
    const body = bodyOf('Hello.');
    await translate({ payload: { ...body.payload, options: { beamSize: 2 } } });
    await translate({ payload: { ...body.payload, options: {} } });
    expect(service.engines.works.map(({ options }) => options.beamSize)).toEqual([5, 2, 5]);
    expect(service.engines.works[0]?.options).toMatchObject({
      maxLength: 200,
      earlyStopping: true,
      numHypotheses: 1,
    });
  });

  it('halves what runs into the longest target, until it fits', async () => {
    service.engines.script = (work) => {
      const isLong = work.sourceTokenIds.length > 8;
      const answer = echo(work);
      return { ...(answer as object), ended: !isLong } as typeof answer;
    };
    const text = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda';
    const { result } = await translate(bodyOf(text));
    expect(result).toEqual([{ id: 0, text }]);
    expect(service.engines.works.length).toBeGreaterThan(3);
  });

  it('says that a record is truncated where its segment cannot be split', async () => {
    service.engines.script = () => ({ tokenIds: Int32Array.of(2), score: -1, ended: false });
    const { result } = await translate(bodyOf('Donaudampfschiff', ''));
    expect(result).toEqual([
      { id: 0, text: '', truncated: true },
      { id: 1, text: '' },
    ]);
  });

  it('says where the time went', async () => {
    const response = await postTranslation(service.url, bodyOf('Hello.', 'World.'));
    expect(response.headers.get('server-timing')).toMatch(
      /^tokenization;dur=[\d.]+, queue;dur=[\d.]+, inference;dur=[\d.]+, batch;desc="sentences=2"$/,
    );
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('takes over a request id, or makes one', async () => {
    const own = await postTranslation(service.url, bodyOf(), { 'x-request-id': 'abc-1' });
    expect(own.headers.get('x-request-id')).toBe('abc-1');
    const bad = await postTranslation(service.url, bodyOf(), { 'x-request-id': 'a b' });
    expect(bad.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lets probes through while it tokenises a large request', async () => {
    const texts = Array.from({ length: 40 }, (_, n) => `Sentence ${n}. `.repeat(300));
    const answered: string[] = [];
    await Promise.all([
      postTranslation(service.url, bodyOf(...texts)).then(() => answered.push('translation')),
      fetch(`${service.url}/livez`).then(() => answered.push('probe')),
    ]);
    expect(answered).toEqual(['probe', 'translation']);
  });
});

describe('CACHE_BYTES', () => {
  it('has equal segments decoded once, and marks and counts those', async () => {
    await service.close();
    service = await startScriptedService({ CACHE_BYTES: '1MiB' });
    const first = await postTranslation(service.url, bodyOf('One. Two. One.'));
    expect(first.headers.get('server-timing')).toContain('cache;desc="hits=1"');
    const second = await postTranslation(service.url, bodyOf('Two.', 'Three.', 'One.'));
    expect(second.headers.get('server-timing')).toContain('cache;desc="hits=2"');
    expect(await second.json()).toMatchObject({
      result: [{ text: 'Two.' }, { text: 'Three.' }, { text: 'One.' }],
    });
    expect(service.engines.works).toHaveLength(3);
    expect(await metricOf('translation_cache_hits_total')).toBe('3');
    expect(Number(await metricOf('translation_cache_bytes'))).toBeGreaterThan(0);
  });

  it('is off by default', async () => {
    const response = await postTranslation(service.url, bodyOf('One. One.'));
    expect(response.headers.get('server-timing')).not.toContain('cache');
    expect(service.engines.works).toHaveLength(2);
  });
});

describe('the bounds of a request', () => {
  it('are shortened by X-Request-Timeout-Ms, and end in 504 with the engine told', async () => {
    service.engines.script = () => 'never';
    const response = await postTranslation(service.url, bodyOf('Hello.', 'World.'), {
      'x-request-timeout-ms': '500',
    });
    expect(response.status).toBe(504);
    expect(service.engines.cancellations).toHaveLength(2);
  });

  it('end when the client goes away, and the engine is told', async () => {
    service.engines.script = () => 'never';
    const socket = await openRequest(service.url, bodyOf('Hello.'));
    await until(() => service.engines.works.length === 1);
    socket.destroy();
    await until(() => service.engines.cancellations.length === 1);
    await until(() => service.logLines.some(({ code }) => code === 'client-closed'));
    expect(await metricOf('translation_requests_total{outcome="cancelled"}')).toBe('1');
  });

  it('do not end when the client has only finished sending', async () => {
    service.engines.room = 0;
    const socket = await openRequest(service.url, bodyOf('Hello.'));
    socket.setEncoding('utf8');
    // The request's own close event has fired by the time that another request is served.
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    service.engines.makeRoom(1);
    const [answer] = (await once(socket, 'data')) as [string];
    expect(answer).toContain('HTTP/1.1 200');
    socket.destroy();
  });

  it('drop the rest of a request whose answer has failed', async () => {
    service.engines.script = ({ sourceTokenIds }) =>
      sourceTokenIds.length > 5 ? new TranslationError('engine-failed', 'It crashed.') : 'never';
    const response = await postTranslation(
      service.url,
      bodyOf('Hi.', 'A longer sentence, which fails.', 'Hi.'),
    );
    expect(response.status).toBe(500);
    expect(service.engines.cancellations).toHaveLength(2);
  });

  it('refuse what the queue has no room for, whole, with 503 and Retry-After', async () => {
    await service.close();
    service = await startScriptedService({ MAX_QUEUE_TOKENS: '20' });
    service.engines.room = 0;
    const waiting = postTranslation(service.url, bodyOf('One two three.'));
    while ((await metricOf('translation_queue_segments')) === '0');
    const refused = await postTranslation(service.url, bodyOf('four five six. '.repeat(9)));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ type: 'urn:babelserve:error:queue-full' });
    expect(await metricOf('translation_admission_rejections_total{reason="queue-full"}')).toBe('1');
    service.engines.makeRoom(10);
    expect((await waiting).status).toBe(200);
  });

  it('are refused before they are read where they would be when they are', async () => {
    await service.close();
    service = await startScriptedService({ MAX_QUEUE_TOKENS: '10' });
    const malformed = `{${JSON.stringify(bodyOf('One two three.'))}`;
    // Nothing is known yet of how many tokens a body has, and later nothing waits.
    expect((await postTranslation(service.url, malformed)).status).toBe(400);
    await translate(bodyOf('One two three.'));
    expect((await postTranslation(service.url, malformed)).status).toBe(400);
    service.engines.room = 0;
    const waiting = postTranslation(service.url, bodyOf('One two three.'));
    while ((await metricOf('translation_queue_segments')) === '0');
    const refused = await postTranslation(service.url, malformed);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      type: 'urn:babelserve:error:queue-full',
      detail: expect.stringMatching(
        /^\d+ source tokens wait, this request has some \d+, and/,
      ) as string,
    });
    expect(await metricOf('translation_admission_rejections_total{reason="queue-full"}')).toBe('1');
    service.engines.makeRoom(10);
    expect((await waiting).status).toBe(200);
    expect((await postTranslation(service.url, malformed)).status).toBe(400);
  });

  it('are read however long they are while others would be taken, and refused for their length at any time', async () => {
    await service.close();
    service = await startScriptedService({ MAX_QUEUE_TOKENS: '20' });
    await translate(bodyOf('One two three.'));
    service.engines.room = 0;
    const waiting = postTranslation(service.url, bodyOf('One two three.'));
    while ((await metricOf('translation_queue_segments')) === '0');
    const malformed = `{${JSON.stringify(bodyOf('One two three. '.repeat(90)))}`;
    expect((await postTranslation(service.url, malformed)).status).toBe(400);
    const others = ['One two three.', 'Two three four.', 'Three four five.'].map((text) =>
      postTranslation(service.url, bodyOf(text)),
    );
    while ((await metricOf('translation_admission_rejections_total{reason="queue-full"}')) !== '1');
    const tooLong = ' '.repeat(3_000_000);
    expect((await postTranslation(service.url, tooLong)).status).toBe(413);
    service.engines.makeRoom(10);
    expect((await waiting).status).toBe(200);
    expect((await Promise.all(others)).map(({ status }) => status).sort()).toEqual([200, 200, 503]);
  });

  it('are counted by outcome', async () => {
    await translate(bodyOf('Hello.'));
    await postTranslation(service.url, '{');
    await postTranslation(service.url, '', { 'content-type': 'text/plain' });
    expect(await metricOf('translation_requests_total{outcome="ok"}')).toBe('1');
    expect(await metricOf('translation_requests_total{outcome="invalid"}')).toBe('2');
    const posts = 'http_server_request_duration_seconds_count{method="POST",route="/translation"';
    expect(await metricOf(`${posts},status="200"}`)).toBe('1');
    expect(await metricOf(`${posts},status="400"}`)).toBe('1');
    expect(await metricOf(`${posts},status="415"}`)).toBe('1');
    // The size is known of those alone that could be read.
    expect(await metricOf('translation_request_duration_seconds_count{size_class="1"}')).toBe('1');
    expect(await metricOf('translation_request_records_sum')).toBe('1');
    expect(await metricOf('translation_record_source_tokens_count')).toBe('1');
    expect(await metricOf('translation_inflight_requests')).toBe('0');
    expect(await metricOf('translation_segments_total')).toBe('1');
    expect(await metricOf('translation_steps_total')).toBe('7');
  });
});

describe('application/x-ndjson', () => {
  const ndjson = { accept: 'application/x-ndjson' };

  it('sends each record as it finishes', async () => {
    service.engines.script = (work) => (work.sourceTokenIds.length > 8 ? 'never' : echo(work));
    const slow = 'This sentence here is longer than all of the others.';
    const response = await postTranslation(service.url, bodyOf(slow, 'Hi.', ''), {
      ...ndjson,
      'x-request-timeout-ms': '1500',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).split('\n');
    expect(lines.pop()).toBe('');
    const records = lines.map((line) => JSON.parse(line) as { id: number; error?: unknown });
    expect(records.map(({ id }) => id)).toEqual([2, 1, 0]);
    expect(records[1]).toEqual({ id: 1, text: 'Hi.' });
    expect(records[2]?.error).toMatchObject({
      type: 'urn:babelserve:error:deadline-exceeded',
      status: 504,
      instance: response.headers.get('x-request-id'),
    });
  });

  it('keeps the failure of one record to itself', async () => {
    service.engines.script = (work) =>
      work.sourceTokenIds.length > 5 ? new TranslationError('engine-failed', 'No.') : echo(work);
    const response = await postTranslation(
      service.url,
      bodyOf('A longer sentence, which fails.', 'Hi.'),
      ndjson,
    );
    const lines = (await response.text()).trim().split('\n').sort();
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { id: 0, error: expect.objectContaining({ status: 500 }) as unknown },
      { id: 1, text: 'Hi.' },
    ]);
  });

  it('is refused as a whole like any other request', async () => {
    const response = await postTranslation(service.url, '{', ndjson);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('ends the work when the reader goes away between lines', async () => {
    service.engines.script = (work) => (work.sourceTokenIds.length > 8 ? 'never' : echo(work));
    const slow = 'This sentence here is longer than all of the others.';
    const socket = await openRequest(service.url, bodyOf('Hi.', slow), ndjson);
    await once(socket, 'data');
    socket.destroy();
    await until(() => service.engines.cancellations.length === 1);
  });

  it('answers no records with no lines', async () => {
    const response = await postTranslation(service.url, bodyOf(), ndjson);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });
});

/** A request over a socket of its own, which the test can break. */
async function openRequest(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  const json = JSON.stringify(body);
  const lines = Object.entries({
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST /translation HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${json}`);
  return socket;
}
