import { z } from "zod";

const journal = z.object({ requests: z.array(z.object({ url: z.string(), bodyAsBase64: z.string() })) });

/** The WireMock that stands for Daglo: what it was sent, and how it answers for single recordings. */
export class DagloStub {
  readonly #url: string;

  /** @param url where its administration is reached. */
  constructor(url: string) {
    this.#url = url;
  }

  /** All that was submitted for a recording, in order, by the stub's own journal. */
  async submissionsOf(id: string): Promise<{ url: string; body: Buffer }[]> {
    const headers = { "Idempotency-Key": { equalTo: id } };
    const { requests } = journal.parse(
      await this.#admin("/__admin/requests/find", { method: "POST", headers }),
    );
    return requests.map(({ url, bodyAsBase64 }) => ({ url, body: Buffer.from(bodyAsBase64, "base64") }));
  }

  /** From now on submissions of a recording's audio are answered with this status. */
  async refuse(id: string, status: number): Promise<void> {
    await this.#admin("/__admin/mappings", refusal(id, status));
  }

  /** The next `times` submissions of a recording's audio are answered with this status, later ones as always. */
  async refuseAtFirst(
    id: string,
    status: number,
    times: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const stateAfter = (refusals: number) => (refusals === 0 ? "Started" : `refused ${refusals} times`);
    for (let n = 0; n < times; n++) {
      await this.#admin("/__admin/mappings", {
        ...refusal(id, status, headers),
        scenarioName: id,
        requiredScenarioState: stateAfter(n),
        newScenarioState: stateAfter(n + 1),
      });
    }
  }

  async #admin(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(new URL(path, this.#url), { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`WireMock: ${path} answered ${response.status}`);
    return response.json();
  }
}

const refusal = (id: string, status: number, headers: Readonly<Record<string, string>> = {}) => ({
  priority: 1, // before the stubs that serve every recording
  request: {
    method: "POST",
    urlPath: "/stt/v1/async/transcripts",
    headers: { "Idempotency-Key": { equalTo: id } },
  },
  response: { status, headers, body: "no, says the test" },
});
