import { expect } from "chai";
import { idsOf } from "./platform.ts";

describe("idsOf", () => {
  const passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:99:98:nobody:/:/usr/sbin/nologin\n";

  it("reads the ids of a user", () => {
    expect(idsOf("nobody", passwd)).to.deep.equal({ uid: 99, gid: 98 });
  });

  it("has an answer when there is no such user", () => {
    expect(idsOf("nobody", "")).to.deep.equal({ uid: 65_534, gid: 65_534 });
  });
});
