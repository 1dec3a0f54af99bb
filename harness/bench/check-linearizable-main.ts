/**
 * Checks histories of registers with our checker, and prints for each a line of JSON: {"valid", "readMs", "checkMs"}. The same program as
 * harness/provision/go/porcupine, which it is compared with.
 */
import { linearizable } from "../checkers/linearizable.ts";
import type { HistoryEvent } from "../history/event.ts";
import { readHistoryBlocks } from "../history/reader.ts";

for (const path of process.argv.slice(2)) {
  const start = performance.now();
  const events: HistoryEvent[] = [];
  for await (const block of readHistoryBlocks(path)) for (const event of block.events) events.push(event);
  const middle = performance.now();
  const { verdict } = linearizable({ model: "register" }).check(events);
  const end = performance.now();
  const valid = { passed: true, failed: false }[verdict as string] ?? null;
  console.log(JSON.stringify({ valid, readMs: middle - start, checkMs: end - middle }));
}
