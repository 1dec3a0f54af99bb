import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { assertReachable } from "./reachable.ts";

describe("assertReachable", () => {
  it("names the folder that is closed to the user", async () => {
    const closed = await mkdtemp(join(tmpdir(), "faultline-closed-"));
    try {
      await mkdir(join(closed, "bin"));
      await chmod(closed, 0o700);
      const program = join(closed, "bin", "postgres");
      const nobody = { uid: 65_534, gid: 65_534 };
      const error = await assertReachable(program, nobody).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(EnvironmentError);
      expect(error).to.have.property("message").that.includes(`may not enter ${closed} on the way`);
      expect(error).to.have.property("hint").that.includes(`chmod o+x ${closed}`);

      await chmod(closed, 0o711);
      await assertReachable(program, nobody);
    } finally {
      await rm(closed, { recursive: true });
    }
  });
});
