import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { RequestSizes } from './request-sizes.js';

function request(bodyBytes?: number): FastifyRequest {
  const headers = bodyBytes === undefined ? {} : { 'content-length': `${bodyBytes}` };
  return { headers } as FastifyRequest;
}

describe('RequestSizes', () => {
  it('expect of a body what others of its length came to', () => {
    const sizes = new RequestSizes();
    sizes.learn(request(100), 10);
    sizes.learn(request(300), 60);
    expect(sizes.expectedSourceTokens(request(200))).toBe(30);
    expect(sizes.expectedSourceTokens(request(1))).toBe(1);
  });

  it('expect of a long body no more than requests have on average', () => {
    const sizes = new RequestSizes();
    sizes.learn(request(100), 10);
    sizes.learn(request(300), 60);
    expect(sizes.expectedSourceTokens(request(1_000_000))).toBe(35);
  });

  it('expect nothing before a request with text was read, nor of bodies of unknown length', () => {
    const sizes = new RequestSizes();
    expect(sizes.expectedSourceTokens(request(200))).toBeUndefined();
    sizes.learn(request(100), 0);
    sizes.learn(request(), 1000);
    expect(sizes.expectedSourceTokens(request(200))).toBeUndefined();
    sizes.learn(request(100), 10);
    expect(sizes.expectedSourceTokens(request())).toBeUndefined();
  });

  it('are not those of jobs because jobs are long', () => {
    const sizes = new RequestSizes();
    for (let read = 0; read < 100; read++) {
      for (let single = 0; single < 9; single++) sizes.learn(request(100), 10);
      sizes.learn(request(100_000), 30_000);
    }
    expect(sizes.expectedSourceTokens(request(100))).toBe(12);
  });

  it('follow what callers send', () => {
    const sizes = new RequestSizes();
    for (let read = 0; read < 5000; read++) sizes.learn(request(100), 10);
    for (let read = 0; read < 5000; read++) sizes.learn(request(100), 30);
    expect(sizes.expectedSourceTokens(request(100))).toBe(30);
  });
});
