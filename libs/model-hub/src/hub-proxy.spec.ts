import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/config';
import { expectTiny, HubFetching } from '../../../test/support/hub-fetching.js';

let fetching: HubFetching;
beforeEach(async () => {
  fetching = await HubFetching.start();
});
afterEach(() => fetching.stop());

describe('a proxy', () => {
  /** Opens a tunnel to the local hub, or to its blob host, whatever host it is asked for. */
  async function startProxy(): Promise<{ url: string; asked: string[]; stop: () => void }> {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, client) => {
      asked.push(request.url ?? '');
      const port = request.url?.startsWith('127.0.0.1')
        ? request.url.split(':')[1]
        : new URL(fetching.hub.endpoint).port;
      const upstream = connect(Number(port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      asked,
      stop: () => {
        proxy.closeAllConnections();
        proxy.close();
      },
    };
  }

  it('is the way to the hub and to the blob host', async () => {
    const proxy = await startProxy();
    const settings = { hubEndpoint: 'http://hub.invalid', httpProxy: new Secret(proxy.url) };
    await expectTiny(await fetching.fetch(settings));
    const blobHost = new URL(fetching.hub.blobHost).host;
    expect(new Set(proxy.asked)).toEqual(new Set(['hub.invalid:80', blobHost]));
    proxy.stop();
  });

  it('is not used for the hosts of NO_PROXY', async () => {
    const proxy = await startProxy();
    await expectTiny(
      await fetching.fetch({ httpProxy: new Secret(proxy.url), noProxy: '127.0.0.1' }),
    );
    expect(proxy.asked).toEqual([]);
    proxy.stop();
  });

  it('that refuses is named, without its password', async () => {
    const proxy = createServer().on('connect', (_request, socket) => {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const fault = await fetching.fault({
      hubEndpoint: 'https://hub.invalid',
      httpsProxy: new Secret(`http://ada:pass@127.0.0.1:${port}`),
    });
    expect(fault).toMatch(
      /^The proxy \(HTTPS_PROXY, HTTP_PROXY\) answered with status 407 when asked for hub\.invalid/,
    );
    expect(fault).not.toContain('pass');
    proxy.close();
  });

  it('that is not there is named', async () => {
    const { port } = new URL(fetching.hub.endpoint);
    await fetching.hub.stop();
    const proxy = new Secret(`http://127.0.0.1:${port}`);
    expect(await fetching.fault({ hubEndpoint: 'http://hub.invalid', httpProxy: proxy })).toContain(
      `hub.invalid (at 127.0.0.1:${port}) refused the connection.`,
    );
  });

  it('that is none is refused, without its value', async () => {
    const fault = await fetching.fault({ httpProxy: new Secret('socks5://ada:pass@proxy') });
    expect(fault).toContain('HTTP_PROXY is not the URL of an HTTP proxy');
    expect(fault).not.toContain('pass@');
  });
});
