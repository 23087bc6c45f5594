import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that a client opened in advance and has sent nothing on: Node does not count them as idle, and waits for them. */
export class UnusedConnections {
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Ends those on which nothing has come by now. */
  close(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}
