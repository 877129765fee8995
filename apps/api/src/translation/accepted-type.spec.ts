import { describe, expect, it } from 'vitest';
import { prefersNdjson } from './accepted-type.js';

describe('prefersNdjson', () => {
  it.each([
    'application/x-ndjson',
    'Application/X-NDJSON;charset=utf-8',
    'application/json, application/x-ndjson',
    'application/json;q=0.5, application/x-ndjson; q=0.9',
    '*/*, application/x-ndjson;q=0.1',
  ])('is so for %s', (accept) => {
    expect(prefersNdjson(accept)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'application/json',
    'application/x-ndjson;q=0',
    'application/x-ndjson;q=0.2, application/json',
    'application/x-ndjson;q=nonsense',
    'text/x-ndjson',
  ])('is not so for %s', (accept) => {
    expect(prefersNdjson(accept)).toBe(false);
  });
});
