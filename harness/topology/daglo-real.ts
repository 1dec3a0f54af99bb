import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { AddressPlan } from "../network/addresses.ts";
import type { Installed } from "../provision/provision.ts";
import type { NodeSpec } from "../runtime/node.ts";
import { dagloName, dagloPort } from "./daglo.ts";

const server = fileURLToPath(new URL("./daglo-real/main.ts", import.meta.url));

/**
 * A Daglo that really transcribes English speech, on the machine itself, in place of the stub: the same name, links and
 * interface (docs/real-speech.md). It keeps its jobs in its folder, over any number of kills.
 */
export function dagloRealNode(plan: AddressPlan, speech: Installed["speech"]): NodeSpec {
  const host = plan.real(dagloName);
  return {
    name: dagloName,
    kind: "daglo-real",
    address: `${host}:${dagloPort}`,
    command: process.execPath,
    args: [server],
    env: {
      DAGLO_HOST: host,
      DAGLO_PORT: String(dagloPort),
      DAGLO_FOLDER: ".",
      DAGLO_SPEECH: JSON.stringify(speech.files),
    },
    prepare: async () => {}, // the server makes its folders
    ready: async () => {
      const response = await request(`http://${host}:${dagloPort}/health`, {
        signal: AbortSignal.timeout(1_000),
      });
      await response.body.dump();
      return response.statusCode === 200;
    },
    readyWithin: "60s",
    stopSignal: "SIGTERM",
  };
}
