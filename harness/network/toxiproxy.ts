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
  readonly attributes: Readonly<Record<string, number>>;
}

/** A proxy as the server keeps it. Addresses are host:port. */
export interface ProxySpec {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
}

/** A toxic as the server has it: with a toxicity of 0 it does nothing. */
export type ToxicState = Pick<Toxic, "name" | "stream"> & { readonly toxicity: number };

/** A proxy as the server has it at the moment. */
export interface ProxyState {
  readonly name: string;
  readonly enabled: boolean;
  /** In the order in which they were added, by direction. */
  readonly toxics: readonly ToxicState[];
}

const proxyState = z.object({
  name: z.string(),
  enabled: z.boolean(),
  toxics: z.array(
    z.object({ name: z.string(), stream: z.enum(["upstream", "downstream"]), toxicity: z.number() }),
  ),
});
const populated = z.object({ proxies: z.array(proxyState) });

/**
 * A client of a Toxiproxy server's HTTP API. The npm client hides the server's error text and has no deadline, which
 * healing needs (docs/decisions/0004-toxiproxy-client.md).
 */
export class Toxiproxy {
  readonly #base: string;
  readonly #deadlineMs: number;

  /**
   * @param address host:port of the server's API.
   * @param deadlineMs of a call. The server can hang when a toxic is removed under traffic (upstream issues 500 and 558);
   * after five seconds it may drop what a connection holds, so that a call must be given up, and the connections closed,
   * before that.
   */
  constructor(address: string, deadlineMs = 2_000) {
    this.#base = `http://${address}`;
    this.#deadlineMs = deadlineMs;
  }

  /** The server's version; the readiness probe. */
  async version(): Promise<string> {
    return z.object({ version: z.string() }).parse(await this.#call("GET", "/version")).version;
  }

  /**
   * Makes all proxies in one call; one that is there already stays as it is. A listen address that is taken fails it,
   * named.
   * @returns all of them, as they now are.
   */
  async populate(proxies: readonly ProxySpec[]): Promise<readonly ProxyState[]> {
    return populated.parse(await this.#call("POST", "/populate", proxies)).proxies;
  }

  /** What the server has of every proxy. */
  async proxies(): Promise<readonly ProxyState[]> {
    return Object.values(z.record(z.string(), proxyState).parse(await this.#call("GET", "/proxies")));
  }

  /** What the server has of a proxy. */
  async proxy(name: string): Promise<ProxyState> {
    return proxyState.parse(await this.#call("GET", `/proxies/${name}`));
  }

  /** Disabled, a proxy refuses new connections and closes the ones it has. */
  async setEnabled(name: string, enabled: boolean): Promise<void> {
    await this.#call("POST", `/proxies/${name}`, { enabled });
  }

  async addToxic(proxy: string, toxic: Toxic): Promise<void> {
    await this.#call("POST", `/proxies/${proxy}/toxics`, toxic);
  }

  /** Switches a toxic off (0) and on (1) in its place: the share of connections it acts on. */
  async setToxicity(proxy: string, toxic: string, toxicity: 0 | 1): Promise<void> {
    await this.#call("POST", `/proxies/${proxy}/toxics/${toxic}`, { attributes: {}, toxicity });
  }

  async removeToxic(proxy: string, toxic: string): Promise<void> {
    await this.#call("DELETE", `/proxies/${proxy}/toxics/${toxic}`);
  }

  async #call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown> {
    try {
      const response = await request(this.#base + path, {
        method,
        signal: AbortSignal.timeout(this.#deadlineMs),
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
