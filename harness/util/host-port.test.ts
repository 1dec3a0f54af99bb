import { expect } from "chai";
import { hostPort } from "./host-port.ts";

describe("host and port", () => {
  it("are parted at the last colon", () => {
    expect(hostPort("127.20.0.1:19092")).to.deep.equal({ host: "127.20.0.1", port: 19_092 });
    expect(hostPort("::1:80")).to.deep.equal({ host: "::1", port: 80 });
  });
});
