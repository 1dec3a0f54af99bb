import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execute } from "../../harness/provision/execute.ts";
import { provision } from "../../harness/provision/provision.ts";
import { messageOf } from "../../harness/util/errors.ts";
import { dashboards, observabilityFolder, queriesOf } from "./dashboards.ts";

const folder = `${observabilityFolder}prometheus/`;
const filesIn = (name: string) => readdirSync(`${folder}${name}`).map((file) => `${folder}${name}/${file}`);
const rules = filesIn("rules");
const tests = filesIn("tests");

describe("the alert rules", () => {
  let promtool: string;

  before(async function () {
    try {
      promtool = (await provision(["prometheus"])).prometheus.files.promtool;
    } catch (error) {
      console.error(`      unsupported here: ${messageOf(error)}`);
      return this.skip();
    }
  });

  it("are rules, and the configuration for a service that runs by itself finds them", async () => {
    await execute(promtool, ["check", "rules", ...rules]);
    const { stdout, stderr } = await execute(promtool, ["check", "config", `${folder}prometheus.yml`]);
    expect(stdout + stderr).to.include(`${rules.length} rule files found`);
  });

  for (const file of tests) {
    it(`do what ${file.slice(folder.length)} expects of them`, async () => {
      await execute(promtool, ["test", "rules", file]);
    });
  }

  it("understand the same language as the dashboards: every query of theirs is PromQL", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "queries-test-"));
    try {
      const file = join(temporary, "queries.yaml");
      const check = async (expressions: readonly string[]) => {
        const records = expressions.map((expr, index) => ({ record: `query:${index}`, expr }));
        writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules: records }] })); // JSON is YAML
        await execute(promtool, ["check", "rules", file]);
      };
      await check(queriesOf(dashboards(), "10s").map(({ expression }) => expression));
      expect(await check(["sum by (a) rate(b[10s])"]).catch(messageOf)).to.include("parse error");
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });

  it("have a test each, in which they fire, and one in which they do not", () => {
    const text = tests.map((file) => readFileSync(file, "utf8")).join("\n");
    const alerts = rules.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^\s*- alert: (\S+)$/gm)].map(([, name = ""]) => name),
    );
    expect(alerts).to.include("NoProgress");
    for (const alert of new Set(alerts)) {
      expect(text, alert).to.match(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:`));
      expect(text, alert).to.include(`alertname: ${alert}, exp_alerts: [] }`);
    }
  });
});
