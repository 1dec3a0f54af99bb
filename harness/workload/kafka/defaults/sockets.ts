import { connect, type Socket } from "node:net";

/** Where to, as kafkajs asks for it. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly onConnect: () => void;
}

const keepAliveAfterMs = 60_000;

/**
 * The sockets of a client of kafkajs, made as its own factory makes them. After {@link end} none is open, and none opens any more:
 * the retries of a send outlive `disconnect()` and connect anew, and what was given up must not write later.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  #ended = false;

  /** For `new Kafka({ socketFactory })`. */
  readonly factory = ({ host, port, onConnect }: SocketRequest): Socket => {
    const socket = connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveAfterMs);
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#ended) socket.destroy(new Error("this client was closed for good"));
    return socket;
  };

  end(): void {
    this.#ended = true;
    for (const socket of this.#open) socket.destroy();
  }
}
