import { once } from "node:events";
import { createServer } from "node:http";
import { EnvironmentError, messageOf } from "../util/errors.ts";
import { hostPort } from "../util/host-port.ts";
import type { RunMetrics } from "./run-metrics.ts";

/**
 * Serves the metrics of a run at `/metrics`, until it is disposed of.
 * @param address host:port.
 * @throws EnvironmentError when the port is taken.
 */
export async function serveMetrics(
  address: string,
  metrics: Pick<RunMetrics, "text" | "contentType">,
): Promise<AsyncDisposable> {
  const { host, port } = hostPort(address);
  const server = createServer(async (request, response) => {
    if (request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await metrics.text();
      response.writeHead(200, { "content-type": metrics.contentType }).end(text);
    } catch (error) {
      response.writeHead(500).end(messageOf(error));
    }
  });
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    throw new EnvironmentError(`cannot serve the run's metrics on ${address}: ${messageOf(error)}`, {
      hint: `another program holds port ${port}; find it with: ss -ltnp 'sport = :${port}'`,
      cause: error,
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
