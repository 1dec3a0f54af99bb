import { Pool } from "undici";
import { EnvironmentError } from "../util/errors.ts";

/** How many connections a target is asked over, and so how many users there are at once. */
export const connections = 8;

/** An HTTP server as a load sees it: connections that stay open, and no answer but a good one. */
export class HttpTarget implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param headers of every request. */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#pool = new Pool(url, { connections, pipelining: 1 });
    this.#headers = headers;
  }

  /** @returns the answer's body. @throws EnvironmentError on any answer but a 2xx. */
  get(path: string): Promise<string> {
    return this.#request("GET", path);
  }

  /** @param body audio, unless the headers say otherwise. @returns and throws as {@link get}. */
  post(path: string, body?: Buffer | string): Promise<string> {
    return this.#request("POST", path, body);
  }

  async #request(method: "GET" | "POST", path: string, body?: Buffer | string): Promise<string> {
    const response = await this.#pool.request({
      method,
      path,
      headers:
        body === undefined ? this.#headers : { "content-type": "application/octet-stream", ...this.#headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.body.text();
    if (response.statusCode < 200 || response.statusCode > 299) {
      throw new EnvironmentError(
        `${method} ${path} at ${this.#url} was answered ${response.statusCode}: ${text.slice(0, 200)}`,
      );
    }
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}
