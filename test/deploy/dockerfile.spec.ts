import { readFileSync } from 'node:fs';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const DOCKERFILE = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
const IGNORED = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8');

/** The instructions of a stage, continued lines joined. */
function stage(name: string): string {
  const joined = DOCKERFILE.replace(/\\\n/g, ' ');
  const begin = joined.search(new RegExp(`^FROM .* AS ${name}$`, 'm'));
  const end = joined.indexOf('\nFROM ', begin + 1);
  return joined.slice(begin, end < 0 ? undefined : end);
}

describe('the Dockerfile', () => {
  it('is well-formed', () => {
    expect(validate(DOCKERFILE).map(({ message }) => message)).toEqual([]);
  });

  it.each([
    ['an instruction that does not exist', /^COPY package\.json \.\/$/m, 'COPPY package.json ./'],
    ['a user without a name', /^USER .*$/m, 'USER'],
    ['a flag that does not exist', '--start-period', '--start-periods'],
  ])('would be found out with %s', (_, from, to) => {
    expect(validate(DOCKERFILE.replace(from, to)).length).toBeGreaterThan(0);
  });

  it('names the version of each base', () => {
    const bases = [...DOCKERFILE.matchAll(/^ARG \w+_IMAGE=(.*)$/gm)].map(([, image]) => image);
    expect(bases).toHaveLength(2);
    for (const image of bases) expect(image).toMatch(/:\d+\.\d+\.\d+-[\w.-]+$/);
  });

  it('makes the target cpu where none is named', () => {
    expect([...DOCKERFILE.matchAll(/^FROM .* AS (\S+)$/gm)].at(-1)?.[1]).toBe('cpu');
  });

  it.each(['cpu', 'cuda'])(
    'starts %s by tini, as a user by number who may write in /tmp alone',
    (name) => {
      const text = stage(name);
      expect(text).toMatch(/^ENTRYPOINT \["\/usr\/bin\/tini","--","node",/m);
      expect(text).toMatch(/^USER 10001:10001$/m);
      expect(text).toContain('HOME=/tmp CACHE_DIR=/tmp/babelserve');
      expect(text).not.toMatch(/chown|chmod/);
    },
  );

  it('brings the CUDA provider into the target cuda alone, which asks for it', () => {
    expect(stage('cuda')).toContain('DEVICE=cuda');
    expect(stage('cuda')).toContain('--from=ort-cuda ');
    expect(stage('cpu')).not.toMatch(/cuda/i);
  });

  it('can take no weights into the image but the demo model’s', () => {
    const allowed = IGNORED.split('\n').filter((line) => line.startsWith('!'));
    expect(IGNORED.split('\n')).toContain('*');
    expect(allowed.filter((line) => line.includes('models'))).toEqual(['!models/demo']);
  });
});
