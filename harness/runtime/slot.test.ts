import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { claimedSlots, claimSlot, releaseSlot, removeDraft, removeStaleDrafts, slotOwner } from "./slot.ts";

describe("slots", () => {
  let folder: string;
  let before: string | undefined;
  beforeEach(() => {
    before = process.env.FAULTLINE_STATE;
    folder = mkdtempSync(join(tmpdir(), "slot-test-"));
    process.env.FAULTLINE_STATE = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.FAULTLINE_STATE;
    else process.env.FAULTLINE_STATE = before;
    rmSync(folder, { recursive: true });
  });

  it("gives every run a slot of its own, with its owner known from the start", () => {
    const first = claimSlot("run-a", "run a");
    const second = claimSlot("run-b", "run b");
    expect(second.number).to.be.greaterThan(first.number);
    expect(slotOwner(first)).to.deep.include({ id: "run-a", command: "run a", alive: true });
    expect(claimedSlots().map(({ number }) => number)).to.deep.equal([first.number, second.number]);
  });

  it("gives a released slot to the next run", () => {
    const first = claimSlot("run-a", "run a");
    releaseSlot(first, "run-a");
    expect(slotOwner(first)).to.equal(undefined);
    expect(claimSlot("run-b", "run b").number).to.equal(first.number);
  });

  it("does not release a slot that belongs to another run by now", () => {
    const slot = claimSlot("run-b", "run b");
    releaseSlot(slot, "run-a");
    expect(slotOwner(slot)?.id).to.equal("run-b");
  });

  it("leaves out a slot on whose addresses somebody else listens", async () => {
    const first = claimSlot("run-a", "run a");
    releaseSlot(first, "run-a");
    const server = createServer().listen(0, `127.${first.number}.0.1`);
    await once(server, "listening");
    const second = claimSlot("run-b", "run b");
    server.close();
    expect(second.number).to.be.greaterThan(first.number);
  });

  it("removes the claims of processes that died over them, and leaves those of live ones", () => {
    const claims = [`claim-${2 ** 22 + 1}-gone`, `claim-${process.pid}-here`]; // one above the highest pid there can be
    for (const name of claims) mkdirSync(join(folder, name));
    removeStaleDrafts();
    expect(readdirSync(folder)).to.deep.equal([claims[1]]);
    removeDraft("here");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("says when there is no slot left, and what to do", () => {
    const claimAll = () => {
      for (let count = 0; ; count++) claimSlot(`run-${count}`, "run");
    };
    expect(claimAll).to.throw("all 100 address slots are taken");
  });
});
