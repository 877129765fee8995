import { afterEach, describe, expect, it } from 'vitest';
import { attributeOf, type CollectedSpan, OtlpCollector } from '../support/otlp-collector.js';
import { RunningService } from '../support/service.js';

const CALLERS_TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLERS_SPAN = 'b7ad6b7169203331';
const CALLER = { traceparent: `00-${CALLERS_TRACE}-${CALLERS_SPAN}-01` };
const STAGES = ['enter', 'read', 'tokenize', 'admit', 'queue', 'inference', 'detokenize'];
const SERVER_KIND = 2;
const ERROR_STATUS = 2;

const started: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of started.splice(0).reverse()) await thing.close();
});

async function collect(answers = true): Promise<OtlpCollector> {
  const collector = await OtlpCollector.start(answers);
  started.push(collector);
  return collector;
}

async function serve(endpoint?: string): Promise<RunningService> {
  const service = await RunningService.start(
    endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  );
  started.push({ close: () => service.stop() });
  return service;
}

function bodyOf(...texts: string[]): unknown {
  const records = texts.map((text, id) => ({ id, text }));
  return { payload: { fromLang: 'en', toLang: 'de', records } };
}

const startOf = ({ startTimeUnixNano }: CollectedSpan): bigint => BigInt(startTimeUnixNano);
const endOf = ({ endTimeUnixNano }: CollectedSpan): bigint => BigInt(endTimeUnixNano);

describe('traces', () => {
  it("follow the caller's: a span for each stage, linked to the batch, all sent by the end", async () => {
    const collector = await collect();
    const service = await serve(collector.url);
    const answer = await service.post(bodyOf('Hello.', 'How are you?'), CALLER);
    expect(answer.status).toBe(200);
    // Nothing waits for the next export: a shutdown sends what is left.
    expect(await service.stop()).toBe(0);
    const spans = collector.spans.filter(({ traceId }) => traceId === CALLERS_TRACE);
    const request = spans.find(({ name }) => name === 'POST /translation');
    expect(request).toMatchObject({ kind: SERVER_KIND, parentSpanId: CALLERS_SPAN });
    expect(attributeOf(request!, 'http.response.status_code')).toBe(200);
    expect(attributeOf(request!, 'babelserve.records')).toBe(2);
    expect(attributeOf(request!, 'babelserve.targetTokens')).toBeGreaterThan(4);
    const stages = spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId);
    expect(stages.map(({ name }) => name)).toEqual(STAGES);
    // One after the other, within the request.
    for (const [index, stage] of stages.entries()) {
      expect(startOf(stage)).toBeGreaterThanOrEqual(
        index === 0 ? startOf(request!) : startOf(stages[index - 1]!),
      );
      expect(endOf(stage)).toBeGreaterThanOrEqual(startOf(stage));
      expect(endOf(stage)).toBeLessThanOrEqual(endOf(request!));
    }
    const inference = stages.find(({ name }) => name === 'inference');
    const batches = collector.spans.filter(({ name }) => name === 'batch');
    const linked = inference?.links?.map(({ spanId }) => spanId) ?? [];
    expect(linked.length).toBeGreaterThan(0);
    expect(batches.map(({ spanId }) => spanId)).toEqual(expect.arrayContaining(linked));
    expect(batches.every(({ parentSpanId }) => !parentSpanId)).toBe(true);
  });

  it('share a batch between requests that travelled together', async () => {
    const collector = await collect();
    const service = await serve(collector.url);
    const texts = Array.from({ length: 40 }, (_, index) => `This is sentence number ${index}.`);
    await Promise.all(texts.map((text) => service.post(bodyOf(text))));
    await service.stop();
    const links = collector.spans
      .filter(({ name }) => name === 'inference')
      .flatMap((span) => span.links?.map(({ spanId }) => spanId) ?? []);
    expect(links.length).toBeGreaterThanOrEqual(40);
    expect(new Set(links).size).toBeLessThan(links.length);
  });

  it('tell what failed, and where, with the trace id in the log', async () => {
    const collector = await collect();
    const service = await serve(collector.url);
    const late = await service.post(bodyOf('Hello. '.repeat(400)), {
      ...CALLER,
      'x-request-timeout-ms': '60',
    });
    expect([503, 504]).toContain(late.status);
    await service.post('{', CALLER);
    await service.stop();
    const [failed, malformed] = collector.spans.filter(({ name }) => name.startsWith('POST'));
    expect(failed?.status).toMatchObject({ code: ERROR_STATUS });
    const stages = collector.spans.filter(({ parentSpanId }) => parentSpanId === failed?.spanId);
    expect(stages.at(-1)?.status?.code).toBe(ERROR_STATUS);
    // What the caller did wrong is no error of the server's.
    expect(malformed?.status?.code ?? 0).toBe(0);
    expect(attributeOf(malformed!, 'error.type')).toBe('malformed-json');
    expect(service.log).toContain(`"traceId":"${CALLERS_TRACE}"`);
  });

  it('are not made for a caller who does not want them, nor without a collector', async () => {
    const collector = await collect();
    const service = await serve(collector.url);
    const unsampled = { traceparent: `00-${CALLERS_TRACE}-${CALLERS_SPAN}-00` };
    expect((await service.post(bodyOf('Hello.'), unsampled)).status).toBe(200);
    const malformed = { traceparent: '00-nonsense' };
    expect((await service.post(bodyOf('Hello.'), malformed)).status).toBe(200);
    await service.stop();
    const requests = collector.spans.filter(({ name }) => name.startsWith('POST'));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.traceId).not.toBe(CALLERS_TRACE);
    const without = await serve();
    await without.post(bodyOf('Hello.'), CALLER);
    await without.stop();
    expect(without.log).not.toContain('traceId');
  });

  it.each(['nobody listens', 'nobody answers'])(
    'neither slow nor break anything where %s',
    async (trouble) => {
      const collector = await collect(false);
      if (trouble === 'nobody listens') collector.close();
      const service = await serve(collector.url);
      for (let index = 0; index < 5; index++) {
        const startedAtMs = performance.now();
        expect((await service.post(bodyOf('Hello.'))).status).toBe(200);
        expect(performance.now() - startedAtMs).toBeLessThan(5000);
      }
      const stoppingAtMs = performance.now();
      expect(await service.stop()).toBe(0);
      expect(performance.now() - stoppingAtMs).toBeLessThan(8000);
      expect(service.log).not.toContain('"level":"error"');
    },
  );
});
