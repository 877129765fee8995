import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/config';
import { expectTiny, HubFetching } from '../../../test/support/hub-fetching.js';
import { refuse } from '../../../test/support/local-hub.js';

const TOKEN = 'hf_secret-of-the-tests';

let fetching: HubFetching;
beforeEach(async () => {
  fetching = await HubFetching.start();
});
afterEach(() => fetching.stop());

async function startPrivate(): Promise<void> {
  await fetching.stop();
  fetching = await HubFetching.start({ token: TOKEN });
}

describe('a hub that refuses', () => {
  it.each([
    [401, 'RepoNotFound', 'it is not there, or private, or gated. Check the name;'],
    [401, undefined, 'for a private or gated model set HF_TOKEN.'],
    [403, 'GatedRepo', '/tester/tiny-m2m100, and set HF_TOKEN to a token of that account.'],
    [403, undefined, 'it is gated or private. Accept its terms on'],
    [404, 'RevisionNotFound', 'there is no revision "main" of it.'],
    [404, undefined, 'it is not there. Check the name, and HF_ENDPOINT.'],
    [418, undefined, 'this answer is not understood.'],
  ])('with %i %s says what to do, and is not asked again', async (status, code, remedy) => {
    fetching.hub.intercept = (_request, response) => {
      refuse(response, status, code);
      return true;
    };
    const fault = await fetching.fault();
    expect(fault).toContain(`does not give tester/tiny-m2m100@main (${status}): `);
    expect(fault).toContain(remedy);
    expect(fault).not.toContain('refused by the local hub');
    expect(fetching.hub.requests).toHaveLength(1);
  });

  it('a file with 404 names the file', async () => {
    fetching.hub.intercept = ({ path }, response) => {
      if (path === 'vocab.json') refuse(response, 404, 'EntryNotFound');
      return path === 'vocab.json';
    };
    expect(await fetching.fault()).toMatch(/does not give vocab.json of .* there is no such file/);
  });

  it('a revision that is not there is named', async () => {
    const fault = await fetching.fault({}, { revision: 'refs/pr/7' });
    expect(fault).toContain('there is no revision "refs/pr/7" of it.');
  });
});

describe('a hub that has trouble', () => {
  it.each([408, 429, 500, 502, 503, 504])('with %i is asked again', async (status) => {
    let failures = 3;
    fetching.hub.intercept = ({ kind }, response) => {
      if (kind === 'tree' || failures-- <= 0) return false;
      refuse(response, status);
      return true;
    };
    await expectTiny(await fetching.fetch());
    expect(fetching.notices).toHaveLength(3);
    for (const notice of fetching.notices)
      expect(notice).toMatch(new RegExp(`\\(${status}\\)\\. Trying again in \\d+\\.\\d s\\.$`));
  });

  it('is left alone for as long as it says', async () => {
    let refusedAtMs = 0;
    let askedAtMs = 0;
    fetching.hub.intercept = ({ kind }, response) => {
      if (kind !== 'info' || refusedAtMs > 0) {
        askedAtMs ||= performance.now();
        return false;
      }
      refusedAtMs = performance.now();
      response.setHeader('retry-after', '1');
      refuse(response, 429);
      return true;
    };
    await expectTiny(await fetching.fetch());
    expect(askedAtMs - refusedAtMs).toBeGreaterThan(990);
    expect(fetching.notices[0]).toMatch(
      /asked too often for now \(429\)\. Trying again in 1\.0 s\.$/,
    );
  });

  it('is not waited for without end', async () => {
    fetching.hub.intercept = (_request, response) => {
      response.setHeader('retry-after', '86400');
      refuse(response, 503);
      return true;
    };
    expect(await fetching.fault()).toMatch(
      /It asks to be left alone for 86400 s\. Try again later/,
    );
    expect(fetching.hub.requests).toHaveLength(1);
  });

  it('for good ends the fetching after four attempts at a list', async () => {
    fetching.hub.intercept = (_request, response) => {
      refuse(response, 500);
      return true;
    };
    expect(await fetching.fault()).toMatch(/\(500\)\. This was tried 4 times\./);
    expect(fetching.hub.requests).toHaveLength(4);
  });

  it('does not matter where the cache has the model', async () => {
    const folder = await fetching.fetch();
    await fetching.hub.stop();
    expect(await fetching.fetch()).toBe(folder);
    expect(fetching.notices.at(-1)).toContain('in the cache is used, commit ');
  });

  it('by not being there is reported as such', async () => {
    await fetching.hub.stop();
    expect(await fetching.fault()).toMatch(
      /^127\.0\.0\.1:\d+ \(at 127\.0\.0\.1:\d+\) refused the connection\. This was tried 4/,
    );
    expect(await fetching.fault({ hubEndpoint: 'http://no-such-host.invalid' })).toMatch(
      /^no-such-host\.invalid could not be looked up: there may be no network/,
    );
  });
});

describe('the token', () => {
  beforeEach(startPrivate);

  it('opens a private model, and goes to the hub alone', async () => {
    await expectTiny(await fetching.fetch({ hubToken: new Secret(TOKEN) }));
    const blobs = fetching.hub.requests.filter(({ kind }) => kind === 'blob');
    expect(blobs.length).toBeGreaterThan(0);
    for (const { kind, authorization } of fetching.hub.requests)
      expect(authorization).toBe(kind === 'blob' ? undefined : `Bearer ${TOKEN}`);
  });

  it('that is wrong is said to be, and not shown', async () => {
    const fault = await fetching.fault({ hubToken: new Secret('hf_wrong') });
    expect(fault).toContain('it is not there, or HF_TOKEN is wrong, has expired');
    expect(fault).not.toContain('hf_wrong');
  });

  it('follows a renamed model on the same hub', async () => {
    const { hub } = fetching;
    hub.intercept = ({ url }, response) => {
      if (url.includes('moved=1')) return false;
      response.writeHead(307, { location: `${url}${url.includes('?') ? '&' : '?'}moved=1` });
      response.end();
      return true;
    };
    await expectTiny(await fetching.fetch({ hubToken: new Secret(TOKEN) }));
  });
});

describe('offline', () => {
  it('uses what is there, and asks nobody', async () => {
    const folder = await fetching.fetch();
    fetching.hub.takeRequests();
    expect(await fetching.fetch({ hubOffline: true })).toBe(folder);
    const { commit } = fetching.hub;
    expect(await fetching.fetch({ hubOffline: true }, { revision: commit })).toBe(folder);
    expect(fetching.hub.takeRequests()).toEqual([]);
  });

  it('says what is missing', async () => {
    const fault = await fetching.fault({ hubOffline: true });
    expect(fault).toMatch(
      /^HF_HUB_OFFLINE is set, and .* holds no whole copy of tester\/tiny-m2m100@main from http:\/\/127/,
    );
    await fetching.fetch();
    expect(await fetching.fault({ hubOffline: true }, { revision: 'v1.0' })).toContain(
      '@v1.0 from',
    );
    expect(fetching.hub.requests.some(({ url }) => url.includes('v1.0'))).toBe(false);
  });
});
