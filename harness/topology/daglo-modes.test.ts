import { readdir } from "node:fs/promises";
import { expect } from "chai";
import { dagloModes } from "./daglo-modes.ts";

describe("modes of the upstream's stub", () => {
  it("are the folders there are", async () => {
    const folders = await readdir(new URL("./daglo/modes/", import.meta.url));
    expect(folders.toSorted()).to.deep.equal(dagloModes.filter((mode) => mode !== "normal").toSorted());
  });
});
