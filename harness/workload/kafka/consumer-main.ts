/** A consumer as a process of its own: see `serveMembers`. What it is told by its environment: see `consumerNode`. */
import { once } from "node:events";
import { z } from "zod";
import { PlatformaticLog } from "./platformatic.ts";
import { serveMembers } from "./serve-members.ts";

const environment = z.object({
  /** Its client id: who it is to the brokers. */
  CONSUMER_NAME: z.string(),
  CONSUMER_HOST: z.string(),
  CONSUMER_PORT: z.coerce.number(),
  /** host:port of each broker, as it sees them. */
  CONSUMER_BROKERS: z.string().transform((text) => text.split(",")),
});

const { CONSUMER_NAME, CONSUMER_HOST, CONSUMER_PORT, CONSUMER_BROKERS } = environment.parse(process.env);
const log = new PlatformaticLog({
  clientId: CONSUMER_NAME,
  brokers: CONSUMER_BROKERS,
  acks: "all",
  idempotent: true,
});
const server = await serveMembers(log, { host: CONSUMER_HOST, port: CONSUMER_PORT });
console.log(`listening on ${server.url}`);

await once(process, "SIGTERM");
await server[Symbol.asyncDispose]();
console.log("stopped");
process.exit(0);
