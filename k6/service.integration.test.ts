import { expect } from "chai";
import { useServers } from "../system/testing/servers.integration.test.ts";
import { runK6 } from "./testing/run-k6.ts";

describe("the load scripts against the service", () => {
  const servers = useServers();

  const smoke = (script: string, ...variables: string[]) =>
    runK6(
      "run",
      "--quiet",
      "--tag",
      "test_type=smoke",
      ...variables.flatMap((one) => ["-e", one]),
      `k6/${script}.ts`,
    );

  function address(): string {
    const [service] = servers.running.services;
    if (service === undefined) throw new Error("the topology has no service");
    return new URL(service.baseUrl).host;
  }
  const secret = () => `STT_JWT_SECRET=${servers.running.jwtSecret}`;

  it("pass a smoke test by HTTP", async () => {
    const { code, stdout, stderr } = await smoke("stt-load", `BASE_URL=http://${address()}`, secret());
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/stt_failed +0% {2}\(0 of 3\)/);
  });

  it("pass a smoke test over STOMP", async () => {
    const { code, stdout, stderr } = await smoke("stt-websocket", `WS_URL=ws://${address()}/ws`, secret());
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/stt_failed +0% {2}\(0 of 3\)/);
    expect(stdout, "one of each change that a user asks for").to.match(/ws_message_latency +p\(95\)<500 +\d/);
  });

  it("pass a smoke test against its topics: what was acknowledged arrives", async () => {
    const brokers = servers.brokers.map(({ host, port }) => `${host}:${port}`).join(",");
    const { code, stdout, stderr } = await smoke("stt-kafka", `BROKERS=${brokers}`);
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout)
      .to.match(/kafka_acked +60 /)
      .and.to.match(/kafka_received +60 /);
  });
});
