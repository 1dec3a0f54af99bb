import { z } from "zod";
import { modeOf, setMode, stubAdmin } from "./daglo-modes.ts";

const counted = z.object({ meta: z.object({ total: z.int() }) });

/** What the upstream's stub remembers, and how it behaves, against what it was when stock was taken. */
export class DagloData {
  readonly #adminUrl: string;
  readonly #stubs: number;

  private constructor(adminUrl: string, stubs: number) {
    this.#adminUrl = adminUrl;
    this.#stubs = stubs;
  }

  /** @param adminUrl the stub's base URL as the harness reaches it. */
  static async takeStock(adminUrl: string): Promise<DagloData> {
    return new DagloData(adminUrl, await countOf(adminUrl, "/mappings"));
  }

  /** Puts the stubs back to those of its files, in the normal mode, and empties its journal. */
  async empty(): Promise<void> {
    await setMode(this.#adminUrl, "normal");
    await stubAdmin(this.#adminUrl, "POST", "/mappings/reset");
    await stubAdmin(this.#adminUrl, "POST", "/scenarios/reset");
    await stubAdmin(this.#adminUrl, "DELETE", "/requests");
  }

  /** @returns what differs, one sentence each. */
  async leftovers(): Promise<string[]> {
    const [mode, stubs, requests] = await Promise.all([
      modeOf(this.#adminUrl),
      countOf(this.#adminUrl, "/mappings"),
      countOf(this.#adminUrl, "/requests"),
    ]);
    return [
      ...(mode === "normal" ? [] : [`the upstream is in the mode ${mode}`]),
      ...(stubs === this.#stubs ? [] : [`the upstream has ${stubs} stubs, not ${this.#stubs}`]),
      ...(requests === 0 ? [] : [`${requests} requests in the upstream's journal`]),
    ];
  }
}

const countOf = async (adminUrl: string, path: "/mappings" | "/requests"): Promise<number> =>
  counted.parse(await stubAdmin(adminUrl, "GET", `${path}?limit=1`)).meta.total;
