import { join } from "node:path";
import { execute } from "../harness/provision/execute.ts";

describe("the extension of k6", () => {
  it("passes its own tests (go test)", async function () {
    this.timeout("15m"); // without what building k6 leaves in Go's cache it compiles k6 first
    // With the flags of the build (harness/provision/recipes/go.ts), so that what that has compiled serves here.
    await execute("go", ["test", "-trimpath", "-mod=readonly", "./..."], {
      cwd: join(import.meta.dirname, "extension"),
      env: { CGO_ENABLED: "0" },
    });
  });
});
