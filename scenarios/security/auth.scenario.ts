import { strict as assert } from "node:assert";
import { SignJWT, UnsecuredJWT } from "jose";
import { expectStatus } from "../../harness/workload/flows/flow-user.ts";
import { StompSpeaker } from "../../harness/workload/flows/stomp-speaker.ts";
import type { World } from "../../harness/workload/flows/world.ts";
import { flowScenario } from "../e2e/common.ts";

const scope = "stt:read stt:write stt:admin";
const forger = new TextEncoder().encode("a secret that the service has never heard of");

/** Tokens that must open nothing. */
async function forged(world: World): Promise<Record<string, string>> {
  const [header = "", payload = "", signature = ""] = (await world.token("alice")).split(".");
  const claims = Buffer.from(payload, "base64url").toString().replace("alice", "mallory");
  return {
    "no JWT at all": "open sesame",
    "one signed by somebody else": await new SignJWT({ scope })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("alice")
      .setExpirationTime("1h")
      .sign(forger),
    "one without a signature": new UnsecuredJWT({ scope, sub: "alice" }).setExpirationTime("1h").encode(),
    "another's claims under a good signature": `${header}.${Buffer.from(claims).toString("base64url")}.${signature}`,
  };
}

async function refusesForged(world: World): Promise<void> {
  for (const [what, token] of Object.entries(await forged(world))) {
    await world.step(`${what} opens nothing`, async () => {
      if (world.by === "REST") {
        const refused = expectStatus(await world.call("POST", "/api/stt/recordings", { token }), 401);
        assert.match(refused.headers["www-authenticate"] ?? "", /^Bearer/);
      } else {
        const connecting = StompSpeaker.connect(world.services[0]?.baseUrl ?? "", token);
        await assert.rejects(connecting, /STOMP ERROR/);
      }
    });
  }
  await world.step("no token, no service", async () => {
    expectStatus(await world.call("POST", "/api/stt/recordings"), 401);
  });
  await world.step("who may only read may not write, and who may write is no administrator", async () => {
    const reader = await world.token("alice", ["stt:read"]);
    expectStatus(await world.call("POST", "/api/stt/recordings", { token: reader }), 403);
    const writer = await world.token("alice");
    expectStatus(await world.call("GET", "/api/admin/dead-letters", { token: writer }), 403);
  });
  const alice = await world.user("alice");
  await alice.start(); // and a good token does open it
}

export default flowScenario(
  "only a token that the service can verify opens it, and no further than it says",
  refusesForged,
);
