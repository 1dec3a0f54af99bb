import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { prometheusFiles, withoutExporter } from "./prometheus.ts";

describe("the files of Prometheus", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "prometheus-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("may be without exporters, and it is said whose metrics are missing then", () => {
    const files = prometheusFiles(folder);
    expect(files).to.include({ redisExporter: undefined, postgresExporter: undefined });
    expect(withoutExporter(files)).to.deep.equal(["Redis", "PostgreSQL"]);
  });

  it("are those of the folder", () => {
    for (const name of ["prometheus-redis-exporter", "prometheus-postgres-exporter"])
      writeFileSync(join(folder, name), "");
    const files = prometheusFiles(folder);
    expect(files).to.deep.equal({
      server: join(folder, "prometheus"),
      promtool: join(folder, "promtool"),
      redisExporter: join(folder, "prometheus-redis-exporter"),
      postgresExporter: join(folder, "prometheus-postgres-exporter"),
      pinned: true,
    });
    expect(withoutExporter(files)).to.deep.equal([]);
  });

  it("are not the pinned ones where they are links to what was on PATH", () => {
    symlinkSync("/usr/bin/prometheus", join(folder, "prometheus"));
    expect(prometheusFiles(folder).pinned).to.equal(false);
  });
});
