import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { AddressPlan } from "../network/addresses.ts";
import { type Link, link } from "../network/link.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";

const port = 18080;
const name = "daglo";

export { name as dagloName, port as dagloPort };

const stubs = fileURLToPath(new URL("./daglo", import.meta.url));

/** Links from every client to the upstream. */
export const dagloLinks = (plan: AddressPlan, clients: readonly string[]): Link[] =>
  clients.map((client) => link(plan, client, name, [port]));

/** The upstream's base URL as a client sees it. */
export const dagloUrl = (plan: AddressPlan, client: string): string =>
  `http://${plan.link(client, name)}:${port}`;

/**
 * WireMock standing in for the Daglo speech service. A job's id carries the time of its submission, and its progress
 * is computed from that, so that the stubs need no state and any number of jobs run at once.
 */
export function dagloNode(plan: AddressPlan, wiremock: Installed["wiremock"]): NodeSpec {
  const host = plan.real(name);
  return {
    name,
    kind: "daglo",
    address: `${host}:${port}`,
    command: wiremock.java,
    args: [
      "-Xmx192m",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "-jar",
      wiremock.jar,
      ...["--bind-address", host, "--port", String(port), "--root-dir", "."],
      ...["--disable-banner", "--async-response-enabled", "true"],
    ],
    prepare: (folder) => cp(join(stubs, "mappings"), join(folder, "mappings"), { recursive: true }),
    ready: async () => {
      const response = await request(`http://${host}:${port}/__admin/mappings`, {
        signal: AbortSignal.timeout(1_000),
      });
      await response.body.dump();
      return response.statusCode === 200;
    },
    readyWithin: "60s",
    stopSignal: "SIGTERM",
  };
}
