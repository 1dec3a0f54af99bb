/**
 * What the service's routes would be if they did nothing: the same answers by Express alone. A chunk is read and
 * synced to a file of its own in STT_AUDIO_DIR. It tells its address to its parent, and ends when the parent does.
 */
import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import express from "express";

const { STT_HOST = "127.0.0.1", STT_PORT = "0", STT_AUDIO_DIR = "." } = process.env;

const id = "01M83AGRXZB6GB41V1Q6R70VT2";

const app = express();
app.get("/status", (_request, response) => {
  response.json({ id, status: "ENCODED", version: 3 });
});
app.post("/recordings", (_request, response) => {
  response.status(201).json({ id, status: "RECORDING" });
});
app.post("/chunks", express.raw({ limit: "4mb" }), async (request, response) => {
  await using file = await open(join(STT_AUDIO_DIR, randomUUID()), "wx");
  await file.writeFile(request.body);
  await file.sync();
  response.status(202).json({ id, seq: 0, status: "RECORDING" });
});

const server = app.listen(Number(STT_PORT), STT_HOST, () => process.send?.(server.address()));
process.on("disconnect", () => process.exit());
