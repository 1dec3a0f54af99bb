import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { EnvironmentError } from "../util/errors.ts";
import { PrometheusApi } from "./prometheus-api.ts";

describe("Prometheus's API", () => {
  let server: Server;
  let api: PrometheusApi;
  /** What it is asked, and answers. */
  let asked: URL;
  let status: number;
  let answer: string;
  beforeEach(async () => {
    status = 200;
    server = createServer((request, response) => {
      asked = new URL(request.url ?? "", "http://prometheus");
      response.writeHead(status).end(answer);
    });
    server.listen(0, "127.7.7.9");
    await once(server, "listening");
    api = new PrometheusApi(`http://127.7.7.9:${(server.address() as AddressInfo).port}`);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const succeed = (data: unknown) => {
    answer = JSON.stringify({ status: "success", data });
  };

  it("tells how alert rules stand, and leaves out those that were not evaluated yet", async () => {
    const rule = (name: string, state: string, health = "ok") => ({ name, state, health, type: "alerting" });
    succeed({
      groups: [
        { name: "a", rules: [rule("Firing", "firing"), rule("New", "inactive", "unknown")] },
        { name: "b", rules: [rule("Quiet", "inactive"), rule("Newer", "unknown", "unknown")] },
      ],
    });
    expect(await api.alerts()).to.deep.equal([
      { name: "Firing", state: "firing" },
      { name: "Quiet", state: "inactive" },
    ]);
    expect(asked.pathname + asked.search).to.equal("/api/v1/rules?type=alert");
  });

  it("gives the series of an expression, now and over a time", async () => {
    const metric = { instance: "stt-1" };
    succeed({ resultType: "vector", result: [{ metric, value: [1, "0.5"] }] });
    expect(await api.query("up")).to.deep.equal([{ labels: metric, values: [0.5] }]);
    succeed({
      resultType: "matrix",
      result: [
        {
          metric,
          values: [
            [1, "0"],
            [2, "+Inf"],
          ],
        },
      ],
    });
    const [series] = await api.queryRange("up", 1, 2, 1);
    expect(series?.labels).to.deep.equal(metric);
    expect(series?.values[0]).to.equal(0);
    expect(series?.values[1]).to.satisfy((value: number) => !Number.isFinite(value));
    expect(Object.fromEntries(asked.searchParams)).to.deep.equal({
      query: "up",
      start: "1",
      end: "2",
      step: "1",
    });
  });

  const errorOf = async () => {
    const error: unknown = await api.query("sum(").catch((thrown: unknown) => thrown);
    if (!(error instanceof EnvironmentError)) throw new Error(`not an EnvironmentError: ${error}`);
    return error.message;
  };

  it("says what is wrong with a query", async () => {
    status = 400;
    answer = JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" });
    expect(await errorOf())
      .to.include("bad_data: parse error")
      .and.to.include("sum(");
  });

  it("says so when it does not answer, or something else does", async () => {
    answer = "<html>";
    expect(await errorOf()).to.include("/api/v1/query?");
    status = 503;
    expect(await errorOf()).to.include("answered 503: <html>");
    server.closeAllConnections();
    server.close();
    expect(await errorOf()).to.include("gave no answer"); // refused, or closed under it
  });
});
