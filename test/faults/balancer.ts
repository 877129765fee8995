import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import type { RunningService } from '../support/service.js';

const PROBE_INTERVAL_MS = 100;

/** A load balancer as platforms have it: in turn to those whose readiness probe is green, no retries. */
export class Balancer {
  readonly #backends = new Map<RunningService, boolean>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;
  readonly #timer: NodeJS.Timeout;
  #turn = 0;

  private constructor() {
    // Connections in front are closed by callers alone: one that closes as a request comes would lose it.
    this.#server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
      const ready = this.#ready();
      const backend = ready[this.#turn++ % ready.length];
      if (backend === undefined) {
        outgoing.writeHead(502).end();
        return;
      }
      const headers = { ...incoming.headers, connection: 'keep-alive' };
      const forwarded = request(
        `${backend.url}${incoming.url ?? '/'}`,
        { method: incoming.method, headers, agent: this.#agent },
        (response) => {
          // Whether the connection behind goes on is nothing to those in front.
          const headers = { ...response.headers, connection: 'keep-alive' };
          outgoing.writeHead(response.statusCode ?? 502, headers);
          // Where the answer breaks off, the connection in front does too.
          pipeline(response, outgoing, () => undefined);
        },
      );
      forwarded.on('error', () => {
        if (outgoing.headersSent) outgoing.destroy();
        else outgoing.writeHead(502).end();
      });
      incoming.pipe(forwarded);
    });
    this.#timer = setInterval(() => void this.#probe(), PROBE_INTERVAL_MS);
  }

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(service: RunningService): void {
    this.#backends.set(service, true);
  }

  /** For one that is gone; before, its probe has taken it out. */
  remove(service: RunningService): void {
    this.#backends.delete(service);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
  }

  #ready(): RunningService[] {
    return [...this.#backends].filter(([, isReady]) => isReady).map(([service]) => service);
  }

  async #probe(): Promise<void> {
    const services = [...this.#backends.keys()];
    await Promise.all(
      services.map(async (service) => {
        const isReady = await fetch(`${service.url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
        if (this.#backends.has(service)) this.#backends.set(service, isReady);
      }),
    );
  }
}
