import { readFile } from "node:fs/promises";
import { request } from "undici";
import { z } from "zod";

/**
 * How the upstream's stub can behave. Each mode but `normal` is a folder of `daglo/modes/`: `mappings.json` has the
 * stubs that come before the normal ones, `settings.json` WireMock's settings for all of them.
 */
export const dagloModes = [
  "normal",
  "slow",
  "log-normal-delay",
  "bad-request",
  "request-timeout",
  "too-many-requests",
  "server-error",
  "failure-burst",
  "malformed-json",
  "malformed-chunk",
  "empty-response",
  "reset",
  "never-finishes",
  "loses-jobs",
] as const;
export type DagloMode = (typeof dagloModes)[number];

const folder = (mode: DagloMode) => new URL(`./daglo/modes/${mode}/`, import.meta.url);

/** Stubs for a single recording (priority 1) come before those of a mode, which come before the normal ones (5). */
const modePriority = 2;

/** Metadata by which WireMock finds the stubs of modes, and what they have answered. */
const ofSomeMode = { matchesJsonPath: "$.mode" };

const timeoutMs = 10_000;

const mappingsFile = z.object({
  mappings: z.array(z.looseObject({ scenarioName: z.string().optional() })),
});
const settingsFile = z.record(z.string(), z.unknown());
const foundMappings = z.object({ mappings: z.array(z.object({ id: z.string() })) });
const settingsAnswer = z.object({
  settings: z.object({ extended: z.object({ mode: z.enum(dagloModes).optional() }).optional() }),
});

/**
 * Makes a running stub behave so from now on, until the next call or the stub's restart. Requests that it is already
 * answering are not affected; at every moment either the old mode or the new one answers.
 * @param adminUrl the stub's base URL.
 * @throws Error when the stub cannot be reached, or refuses.
 */
export async function setMode(adminUrl: string, mode: DagloMode): Promise<void> {
  const { mappings } = mappingsFile.parse((await readJson(mode, "mappings.json")) ?? { mappings: [] });
  const settings = settingsFile.parse((await readJson(mode, "settings.json")) ?? {});
  const stubs = mappings.map((stub) => ({ ...stub, priority: modePriority, metadata: { mode } }));

  const before = foundMappings.parse(
    await stubAdmin(adminUrl, "POST", "/mappings/find-by-metadata", ofSomeMode),
  );
  await stubAdmin(adminUrl, "POST", "/mappings/import", { mappings: stubs });
  await stubAdmin(adminUrl, "POST", "/settings", { ...settings, extended: { mode } });
  for (const { id } of before.mappings) {
    await stubAdmin(adminUrl, "DELETE", `/mappings/${id}`);
  }
  // A sequence of answers begins anew, also when the mode is set a second time.
  for (const name of new Set(mappings.flatMap(({ scenarioName }) => scenarioName ?? []))) {
    await stubAdmin(adminUrl, "PUT", `/scenarios/${encodeURIComponent(name)}/state`, { state: "Started" });
  }
}

/**
 * Takes out of the journal what the stubs of any mode have answered: a job that was refused, or answered with nonsense, was not taken,
 * and submitting it again is right. Asked for when the journal is counted and not when a mode ends: a request may be journalled after
 * the stub that answers it was deleted.
 * @throws Error when the stub cannot be reached, or refuses.
 */
export async function forgetRefused(adminUrl: string): Promise<void> {
  await stubAdmin(adminUrl, "POST", "/requests/remove-by-metadata", ofSomeMode);
}

/** The mode that a running stub is in. */
export async function modeOf(adminUrl: string): Promise<DagloMode> {
  const { settings } = settingsAnswer.parse(await stubAdmin(adminUrl, "GET", "/settings"));
  return settings.extended?.mode ?? "normal";
}

async function readJson(mode: DagloMode, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(new URL(file, folder(mode)), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Calls WireMock's administration.
 * @param path below `/__admin`.
 * @throws Error with its answer when it refuses.
 */
export async function stubAdmin(
  url: string,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await request(new URL(`/__admin${path}`, url), {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.body.text();
  if (response.statusCode < 200 || response.statusCode > 299) {
    throw new Error(
      `the stub of Daglo at ${url} answered ${method} ${path} with ${response.statusCode}: ${text.slice(0, 200)}`,
    );
  }
  return text === "" ? undefined : JSON.parse(text);
}
