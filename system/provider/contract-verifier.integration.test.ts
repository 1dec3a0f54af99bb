// Not a test itself: named like one because only tests may use development dependencies (.dependency-cruiser.cjs).
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Verifier } from "@pact-foundation/pact";
import { z } from "zod";

process.env.PACT_DO_NOT_TRACK = "true";

const contract = new URL("./contracts/daglo.pact.json", import.meta.url);

const pactFile = z.looseObject({
  interactions: z.array(
    z.looseObject({
      description: z.string(),
      providerStates: z.array(z.object({ name: z.string() })),
    }),
  ),
});

/** Pact's report of a failed verification. */
const failedReport = z.object({ errors: z.array(z.object({ interaction: z.string() })) });

/** What must be so upstream before an exchange of the contract is tried. */
export type ContractState =
  | "Daglo is well"
  | "a transcription is under way"
  | "a transcription is done"
  | "there were too many requests"
  | "a summary is under way"
  | "a summary is done";

/** Brings a state about. @returns `rid`, the id of the job it speaks of, when it speaks of one. */
export type Arrange = () => Promise<{ readonly rid: string } | undefined>;

/**
 * Verifies that whatever answers at `baseUrl` keeps to the committed contract with Daglo.
 * @param states how each state comes about there. Exchanges whose state is not among them are left out.
 * @returns descriptions of the exchanges that were verified.
 * @throws Error naming the exchanges whose answer is not what the contract says. Pact prints what differs.
 */
export async function verifyDagloContract(
  baseUrl: string,
  states: Readonly<Partial<Record<ContractState, Arrange>>>,
): Promise<string[]> {
  const pact = pactFile.parse(JSON.parse(await readFile(contract, "utf8")));
  const interactions = pact.interactions.filter(({ providerStates }) =>
    providerStates.every(({ name }) => name in states),
  );
  const folder = await mkdtemp(join(tmpdir(), "daglo-contract-"));
  try {
    const file = join(folder, "daglo.pact.json");
    await writeFile(file, JSON.stringify({ ...pact, interactions }));
    const verifier = new Verifier({
      provider: "daglo",
      providerBaseUrl: baseUrl,
      pactUrls: [file],
      stateHandlers: Object.fromEntries(
        Object.entries(states).map(([name, arrange]) => [name, async () => (await arrange()) ?? {}]),
      ),
      logLevel: "error",
    });
    await verifier.verifyProvider();
  } catch (error) {
    throw new Error(
      `${baseUrl} does not keep to the contract with Daglo (Pact's report is above): ${brief(error)}`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
  return interactions.map(({ description }) => description);
}

function brief(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  try {
    const { errors } = failedReport.parse(JSON.parse(error.message));
    return errors.map(({ interaction }) => interaction).join("; ");
  } catch {
    return error.message; // it did not get as far as a report
  }
}
