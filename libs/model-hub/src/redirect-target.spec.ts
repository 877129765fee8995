import { describe, expect, it } from 'vitest';
import { redirectTarget } from './redirect-target.js';

const HUB = new URL('https://hub.example/a/b/resolve/main/config.json');

describe('redirectTarget', () => {
  it.each([
    ['/c/d/resolve/main/config.json', 'https://hub.example/c/d/resolve/main/config.json'],
    ['https://blobs.example/x?signature=1', 'https://blobs.example/x?signature=1'],
    ['//blobs.example/x', 'https://blobs.example/x'],
  ])('follows %s', (location, target) => {
    expect(redirectTarget(HUB, location).href).toBe(target);
  });

  it.each([
    'http://hub.example/x',
    'ftp://hub.example/x',
    'https://ada@hub.example/x',
    'https://[',
  ])('does not follow %s', (location) => {
    expect(() => redirectTarget(HUB, location)).toThrow(
      /^hub\.example redirects to where it must not/,
    );
  });

  it('may leave http for https', () => {
    const { href } = redirectTarget(new URL('http://mirror/x'), 'https://mirror/x');
    expect(href).toBe('https://mirror/x');
  });
});
