import { readdirSync } from "node:fs";
import { expect } from "chai";
import { controlGroupParent } from "./capabilities/control-groups.ts";
import { capabilities, examineCapability } from "./capabilities.ts";

describe("capabilities", () => {
  for (const name of capabilities) {
    it(`${name}: the answer says how it is done here, or why it is not`, async () => {
      const examined = await examineCapability(name);
      if (examined.supported) expect(examined.detail).not.to.equal("");
      else {
        console.log(`      unsupported here: ${name}: ${examined.why}`);
        expect(examined.why).not.to.equal("");
      }
    });
  }

  it("leave nothing behind", async () => {
    await Promise.all(capabilities.map(examineCapability));
    for (const controller of ["cpu", "memory"] as const) {
      const parent = controlGroupParent(controller)?.path;
      const probes =
        parent === undefined
          ? []
          : readdirSync(parent).filter((name) => name.includes(`probe-${process.pid}`));
      expect(probes).to.deep.equal([]);
    }
  });
});
