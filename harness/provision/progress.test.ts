import { expect } from "chai";
import { formatBytes, plainReporter } from "./progress.ts";

describe("plainReporter", () => {
  it("prints one line a step, and a download once", () => {
    const lines: string[] = [];
    const report = plainReporter((line) => lines.push(line));
    for (const done of [1, 2, 3]) {
      report({ component: "kafka", step: "download", message: "Maven", bytes: { done, total: 3 } });
    }
    report({ component: "redis", step: "ready", message: "redis 7" });
    report({ component: "kafka", step: "build", message: "a storage template" });
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2))).to.deep.equal([
      ["kafka", "download"],
      ["redis", "ready"],
      ["kafka", "build"],
    ]);
  });
});

describe("formatBytes", () => {
  it("is short at every size", () => {
    expect([312, 54_100_000, 1_200_000_000].map(formatBytes)).to.deep.equal(["1 kB", "54.1 MB", "1.2 GB"]);
  });
});
