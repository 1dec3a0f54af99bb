import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address } from "../config.ts";
import { withDeadline } from "../telemetry/clock.ts";

/** How long requests under way may take when the server closes. */
const finishWithinMs = 4_000;

export interface HttpServer extends AsyncDisposable {
  readonly address: Address;
}

/** Listens. Disposing accepts nothing more, lets requests under way finish within 4 s, and closes. */
export async function listen(app: RequestListener, { host, port }: Address): Promise<HttpServer> {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 },
    app,
  );
  server.maxConnections = 2_048;
  server.listen(port, host);
  await once(server, "listening"); // rejects with the error, a busy port for example
  const bound = server.address() as AddressInfo;
  return {
    address: { host: bound.address, port: bound.port },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await withDeadline(closed, finishWithinMs, "requests under way").catch(() => {});
      server.closeAllConnections();
    },
  };
}
