import { once } from "node:events";
import { createServer, type Server as HttpServerOfNode, type RequestListener, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Address } from "../config.ts";
import { withDeadline } from "../telemetry/clock.ts";
import { type ProblemName, problemTypes, problemUri } from "./problem-types.ts";

/** How long requests under way may take when the server closes. */
const finishWithinMs = 4_000;

export interface HttpServer extends AsyncDisposable {
  readonly address: Address;
  /** For those who take over connections (WebSocket). */
  readonly node: HttpServerOfNode;
}

/** Listens. Disposing accepts nothing more, lets requests under way finish within 4 s, and closes. */
export async function listen(app: RequestListener, { host, port }: Address): Promise<HttpServer> {
  const server = createServer(
    {
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 16 * 1024,
      // Offers of anything else (h2c, say) may be ignored, and the request is answered as it is.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    app,
  );
  server.maxConnections = 2_048;
  server.on("clientError", refuseRaw);
  server.listen(port, host);
  await once(server, "listening"); // rejects with the error, a busy port for example
  const bound = server.address() as AddressInfo;
  return {
    address: { host: bound.address, port: bound.port },
    node: server,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await withDeadline(closed, finishWithinMs, "requests under way").catch(() => {});
      server.closeAllConnections();
    },
  };
}

/** Refuses what did not become a request: no HTTP, headers too large, too slow. */
function refuseRaw(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const name = problemOfCode[error.code ?? ""] ?? "invalid-request";
  const { status, title } = problemTypes[name];
  const body = JSON.stringify({ type: problemUri(name), title, status });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "content-type: application/problem+json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

/** Node's codes for what it refuses; all others mean that it is not HTTP. */
const problemOfCode: Readonly<Record<string, ProblemName>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "timeout",
};
