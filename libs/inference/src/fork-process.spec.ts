import { describe, expect, it } from 'vitest';
import { environmentOf } from './fork-process.js';

describe('environmentOf', () => {
  it('leaves out certificates that a process without connections would read at its start', () => {
    const environment = { LD_LIBRARY_PATH: 'libraries', NODE_EXTRA_CA_CERTS: 'authorities.pem' };
    expect(environmentOf(environment)).toEqual({ LD_LIBRARY_PATH: 'libraries' });
  });
});
