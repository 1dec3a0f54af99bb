import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { z } from "zod";
import { speechFilesSchema } from "../../provision/recipes/speech.ts";
import { createApp } from "./app.ts";
import { JobFiles } from "./job-files.ts";
import { Jobs } from "./jobs.ts";
import { Journal } from "./journal.ts";
import { SpeechRecognizer } from "./recognizer.ts";

/** What the server is told by its environment; see `dagloRealNode`. */
const environment = z.object({
  DAGLO_HOST: z.string(),
  DAGLO_PORT: z.coerce.number(),
  /** Where jobs and the journal are kept. */
  DAGLO_FOLDER: z.string(),
  /** JSON: the paths of library and models. */
  DAGLO_SPEECH: z.string().transform((text) => speechFilesSchema.parse(JSON.parse(text))),
});

const HOUR_MS = 3_600_000;
const limits = { waiting: 64, kept: 1_000, keptMs: HOUR_MS };

const { DAGLO_HOST, DAGLO_PORT, DAGLO_FOLDER, DAGLO_SPEECH } = environment.parse(process.env);
const files = await JobFiles.open(DAGLO_FOLDER);
const recognizer = await SpeechRecognizer.load(DAGLO_SPEECH);
const journal = new Journal(join(DAGLO_FOLDER, "journal.ndjson"));
const jobs = await Jobs.open(files, recognizer, limits);
const server = createServer(createApp({ jobs, files, journal }));
server.listen(DAGLO_PORT, DAGLO_HOST);
await once(server, "listening");
console.log(`listening on ${DAGLO_HOST}:${DAGLO_PORT}`);

await once(process, "SIGTERM");
server.close();
server.closeAllConnections();
await jobs[Symbol.asyncDispose]();
console.log("stopped");
