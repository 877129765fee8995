import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** So long may what a client has sent be on its way: its connection is not taken for a silent one. */
const SILENT_AFTER_MS = 250;

/**
 * Connections on which nothing has come yet: browsers and proxies open some ahead. They are not idle to Node, which
 * calls so what has had a request, and a server that closes would wait for them.
 */
export class SilentConnections {
  readonly #connectedAtMs = new Map<Socket, number>();

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#connectedAtMs.set(socket, performance.now());
      socket.once('close', () => this.#connectedAtMs.delete(socket));
    });
  }

  /** Ends those that have been silent for a while. */
  close(): void {
    const before = performance.now() - SILENT_AFTER_MS;
    for (const [socket, connectedAtMs] of this.#connectedAtMs)
      if (socket.bytesRead === 0 && connectedAtMs < before) socket.destroy();
  }
}
