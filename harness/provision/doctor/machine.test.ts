import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect } from "chai";
import { canRun } from "./examine.ts";
import { coresRow, diskRow, filesRow, loopbackRow, memoryRow, portsRow } from "./machine.ts";
import { okRow } from "./row.ts";

describe("doctor: the machine", () => {
  it("says when memory is short, without forbidding the run", () => {
    const row = memoryRow(500_000_000);
    expect(row).to.deep.include({ status: "optional", found: "500.0 MB", wanted: "2.0 GB or more" });
    expect(canRun([row])).to.equal(true);
  });

  it("is content with enough", () => {
    expect(memoryRow(8e9).status).to.equal("ok");
    expect(coresRow(2).status).to.equal("ok");
    expect(coresRow(1).fix).to.include("slow");
  });

  it("names a port that a program holds on all addresses", async () => {
    const server = createServer().listen(0, "0.0.0.0");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const row = await portsRow([port]);
      expect(row.status).to.equal("blocking");
      expect(row.found).to.include(`busy: ${port}`);
      expect(row.fix).to.include(`ss -ltnp 'sport = :${port}'`);
      expect(canRun([okRow("node", "24", "24"), row])).to.equal(false);
    } finally {
      server.close();
    }
  });

  it("looks at loopback addresses, open files and the disk of a cache that is not there yet", async () => {
    expect((await loopbackRow()).component).to.equal("loopback");
    expect((await filesRow()).found).to.match(/^\d+$|unlimited/);
    expect((await diskRow("/no/such/cache/yet")).where).to.equal("/no/such/cache/yet");
  });
});
