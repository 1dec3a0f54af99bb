import { expect } from "chai";
import { linearizable } from "../../checkers/linearizable.ts";
import { history } from "../../checkers/testing/lines.ts";
import { runRecordSchema } from "../record-schema.ts";
import { fixtureRecord } from "../testing/fixture.ts";
import { checksSection } from "./checks.ts";

const check = linearizable({ model: "register" }).check(
  history(
    ["invoke", 0, "write", { value: "<b>" }],
    ["ok", 0, "write", { value: "<b>" }],
    ["invoke", 1, "read"],
    ["ok", 1, "read", { value: null }],
  ),
);
const record = { ...fixtureRecord("passed", []), checks: [check] };

describe("the report's checks", () => {
  it("show the drawing of an anomaly, as it is in run.json", () => {
    const read = runRecordSchema.parse(JSON.parse(JSON.stringify(record)));
    const page = checksSection(read).text;
    expect(page).to.include(check.anomalies[0]?.drawing);
    expect(page).not.to.include("<b>");
  });

  it("take nothing for a drawing that is none", () => {
    const anomalies = check.anomalies.map((anomaly) => ({ ...anomaly, drawing: "<script>1</script>" }));
    const parsed = runRecordSchema.safeParse({ ...record, checks: [{ ...check, anomalies }] });
    expect(parsed.success).to.equal(false);
  });
});
