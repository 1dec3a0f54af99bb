import { request } from "undici";
import { z } from "zod";
import { EnvironmentError, messageOf } from "../util/errors.ts";

/** Which way bytes flow: `upstream` from the client to the server, `downstream` back. */
export type Direction = "upstream" | "downstream";

/** One kind of damage to a connection: https://github.com/Shopify/toxiproxy#toxics */
export interface Toxic {
  readonly name: string;
  readonly type: "latency" | "bandwidth" | "slow_close" | "timeout" | "reset_peer" | "slicer" | "limit_data";
  readonly stream: Direction;
  readonly toxicity?: number;
  readonly attributes: Readonly<Record<string, number>>;
}

/** A proxy as the server keeps it. Addresses are host:port. */
export interface ProxySpec {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
}

/** A call's deadline. The server can hang when a toxic is removed under traffic (upstream issues 500 and 558). */
const deadlineMs = 2_000;

/**
 * A client of a Toxiproxy server's HTTP API. The npm client hides the server's error text and has no deadline, which
 * healing needs (docs/decisions/0004-toxiproxy-client.md).
 */
export class Toxiproxy {
  readonly #base: string;

  /** @param address host:port of the server's API. */
  constructor(address: string) {
    this.#base = `http://${address}`;
  }

  /** The server's version; the readiness probe. */
  async version(): Promise<string> {
    return z.object({ version: z.string() }).parse(await this.#call("GET", "/version")).version;
  }

  /** Makes all proxies in one call. A listen address that is taken fails it, named. */
  async populate(proxies: readonly ProxySpec[]): Promise<void> {
    await this.#call("POST", "/populate", proxies);
  }

  /** Disabled, a proxy refuses new connections and closes the ones it has. */
  async setEnabled(name: string, enabled: boolean): Promise<void> {
    await this.#call("POST", `/proxies/${name}`, { enabled });
  }

  async addToxic(proxy: string, toxic: Toxic): Promise<void> {
    await this.#call("POST", `/proxies/${proxy}/toxics`, toxic);
  }

  async removeToxic(proxy: string, toxic: string): Promise<void> {
    await this.#call("DELETE", `/proxies/${proxy}/toxics/${toxic}`);
  }

  async #call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown> {
    try {
      const response = await request(this.#base + path, {
        method,
        signal: AbortSignal.timeout(deadlineMs),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const text = await response.body.text();
      if (response.statusCode >= 400) throw new Error(`${response.statusCode} ${text.trim()}`);
      return text === "" ? undefined : JSON.parse(text);
    } catch (error) {
      throw new EnvironmentError(`toxiproxy: ${method} ${path} failed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
