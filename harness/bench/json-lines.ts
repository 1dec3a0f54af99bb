/** The least that reading a history can take: its lines, each parsed as JSON, in one loop. */
import { closeSync, openSync, readSync } from "node:fs";

const [, , path = ""] = process.argv;
const file = openSync(path, "r");
const buffer = Buffer.alloc(1 << 20);
let events = 0;
for (let kept = 0; ; ) {
  const end = kept + readSync(file, buffer, kept, buffer.length - kept, null);
  if (end === kept) break;
  const last = buffer.lastIndexOf("\n", end - 1);
  const text = buffer.toString("latin1", 0, last + 1);
  for (let from = 0, to = text.indexOf("\n"); to !== -1; from = to + 1, to = text.indexOf("\n", from)) {
    if (JSON.parse(text.slice(from, to)).process >= 0) events++;
  }
  kept = buffer.copy(buffer, 0, last + 1, end);
}
closeSync(file);
console.log(events);
