import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningService } from '../support/service.js';
import {
  BLANK_TEXTS,
  bodyOf,
  FAILING_ROWS,
  HARMLESS_TEXTS,
  postTranslation,
} from '../support/translation-requests.js';

let service: RunningService;
beforeAll(async () => {
  service = await RunningService.start();
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

interface Answer {
  readonly result: readonly { readonly id: number; readonly text: string }[];
}

describe('the built service', () => {
  it.each(FAILING_ROWS)('answers $name with $status $code', async (row) => {
    const response = await postTranslation(service.url, row.body, row.headers);
    expect(response.status).toBe(row.status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({
      type: `urn:babelserve:error:${row.code}`,
      title: expect.stringMatching(/./) as string,
      status: row.status,
      detail: expect.stringMatching(/./) as string,
      instance: response.headers.get('x-request-id'),
    });
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(row.pointers);
  });

  it('answers a request without body or content type with 400', async () => {
    const response = await fetch(`${service.url}/translation`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: 'urn:babelserve:error:missing-body' });
  });

  it.each(HARMLESS_TEXTS)('translates %s', async (_name, text) => {
    const response = await postTranslation(service.url, bodyOf(text, 'Thank you.'));
    expect(response.status).toBe(200);
    const { result } = (await response.json()) as Answer;
    expect(result.map(({ id }) => id)).toEqual([0, 1]);
    expect(result[0]?.text).not.toBe('');
    expect(result[1]?.text).toMatch(/Danke/);
  });

  it('gives blank texts back as they are', async () => {
    const response = await postTranslation(service.url, bodyOf(...BLANK_TEXTS));
    const { result } = (await response.json()) as Answer;
    expect(result.map(({ text }) => text)).toEqual(BLANK_TEXTS);
  });

  it('is still healthy, and has logged no error', async () => {
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    expect(service.log).not.toContain('"level":"error"');
  });
});
