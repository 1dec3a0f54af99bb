import { request } from "undici";
import { type DagloMode, dagloModes, setMode } from "../topology/daglo-modes.ts";
import { madeBy } from "../util/call.ts";
import { messageOf } from "../util/errors.ts";
import type { Fault } from "./fault.ts";
import { node } from "./targets.ts";

/** What a request to the upstream came to. */
interface Observed {
  readonly ms: number;
  readonly status?: number;
  /** The body's text; absent when it did not come whole. */
  readonly text?: string;
  readonly error?: string;
}

/** A job so old that a healthy upstream has long finished it. Asking for it leaves no trace in the journal of submissions. */
const finishedJob = "/stt/v1/async/transcripts/rid-1000000000000-faultline";

const hasStatus = (wanted: number) => (observed: Observed) => observed.status === wanted;
const isCutOff = ({ error }: Observed) => error !== undefined;
const isFinished = ({ status, text = "" }: Observed) => status === 200 && text.includes('"transcribed"');

/** How each mode shows. */
const shows: Readonly<Record<DagloMode, (observed: Observed) => boolean>> = {
  normal: (observed) => isFinished(observed) && observed.ms < 1_000,
  slow: (observed) => isFinished(observed) && observed.ms >= 1_900,
  // The median is 300 ms; the stub itself takes a few.
  "log-normal-delay": (observed) => isFinished(observed) && observed.ms >= 40,
  "bad-request": hasStatus(400),
  "request-timeout": hasStatus(408),
  "too-many-requests": hasStatus(429),
  "server-error": hasStatus(500),
  "failure-burst": hasStatus(503),
  "malformed-json": ({ status, text }) => status === 200 && text !== undefined && !text.endsWith("}"),
  "malformed-chunk": isCutOff,
  "empty-response": isCutOff,
  reset: isCutOff,
  "never-finishes": ({ status, text = "" }) => status === 200 && text.includes('"processing"'),
  "loses-jobs": hasStatus(404),
};

/** The modes that are faults. */
export const dagloModeFaults = dagloModes.filter((mode) => mode !== "normal");

/**
 * Makes the upstream's stub misbehave in one of its modes (harness/topology/daglo-modes.ts): slow, an error, a malformed
 * or broken answer, a job that never finishes, a burst of failures. A real request proves it. Healed by the normal mode.
 */
export function dagloMode(mode: Exclude<DagloMode, "normal">): Fault {
  return {
    kind: `daglo ${mode}`,
    target: node("daglo"),
    ...madeBy("dagloMode", mode),
    inject: ({ topology }) => setMode(topology.upstreamUrl, mode),
    probe: async ({ topology }) => {
      const proof = await provenMode(topology.upstreamUrl, mode);
      // The probe has used up a failure of the burst: it begins anew.
      if (mode === "failure-burst") await setMode(topology.upstreamUrl, mode);
      return proof;
    },
    heal: ({ topology }) => setMode(topology.upstreamUrl, "normal"),
    probeHealed: ({ topology }) => provenMode(topology.upstreamUrl, "normal"),
  };
}

async function provenMode(url: string, mode: DagloMode): Promise<string> {
  const observed = await observe(url);
  const said = `daglo answers ${describe(observed)}`;
  if (!shows[mode](observed)) throw new Error(`${said}, which is not ${mode}`);
  return said;
}

async function observe(url: string): Promise<Observed> {
  const start = performance.now();
  const since = () => Math.round(performance.now() - start);
  try {
    const { statusCode, body } = await request(url + finishedJob, { signal: AbortSignal.timeout(8_000) });
    const text = await body.text();
    return { ms: since(), status: statusCode, text };
  } catch (error) {
    return { ms: since(), error: messageOf(error) };
  }
}

function describe({ ms, status, text = "", error }: Observed): string {
  const answer = error === undefined ? `${status} ${text.slice(0, 60)}` : `with an error (${error})`;
  return `${answer} after ${ms} ms`;
}
