import { expect } from "chai";
import { provisionProgress } from "./provision-progress.ts";
import type { RunEvent } from "./run-event.ts";

describe("provisioning progress", () => {
  it("tells a step once, and what only counts bytes on as polled", () => {
    const seen: RunEvent[] = [];
    const listen = provisionProgress((event) => seen.push(event));
    const download = { component: "kafka", step: "download", message: "40 files" } as const;
    listen(download);
    listen({ ...download, bytes: { done: 1_500_000, total: 40_000_000 } });
    listen({ component: "kafka", step: "ready", message: "kafka 4.3.1" });
    expect(seen).to.deep.equal([
      { type: "detail", text: "kafka: 40 files", polled: false },
      { type: "detail", text: "kafka: 40 files, 1.5 MB so far", polled: true },
      { type: "detail", text: "kafka: kafka 4.3.1", polled: false },
    ]);
  });
});
