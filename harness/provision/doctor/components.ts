import type { Cache } from "../cache.ts";
import { hintFor } from "../choose.ts";
import { type ComponentReport, inspectComponent } from "../inspection.ts";
import { type ComponentName, componentNames, manifest } from "../manifest.ts";
import { prometheusFiles, prometheusHint, withoutExporter } from "../recipes/prometheus.ts";
import { okRow, type Row } from "./row.ts";

/** What the main job does without. */
const OPTIONAL: readonly ComponentName[] = ["k6", "s3", "porcupine", "prometheus", "speech"];

/** A row for each component of the manifest. */
export function componentRows(cache: Cache): Promise<Row[]> {
  return Promise.all(componentNames.map(async (name) => rowOf(name, await inspectComponent(cache, name))));
}

function rowOf(name: ComponentName, report: ComponentReport): Row {
  const wanted = manifest[name].version;
  switch (report.state) {
    case "installed":
      return complete(name, okRow(name, wanted, `${report.version} (${report.source})`, report.folder));
    case "corrupt":
      return {
        component: name,
        wanted,
        found: "corrupt",
        where: report.problem,
        fix: "faultline doctor --fix",
        status: "installable",
      };
    case "missing":
      return report.installable
        ? {
            component: name,
            wanted,
            found: report.what === name ? "not yet" : `not yet: ${report.what}`,
            where: "",
            fix: "faultline doctor --fix",
            status: "installable",
          }
        : {
            component: name,
            wanted,
            found: "no way to install it",
            where: "",
            fix: hintFor(name) ?? "use Linux or macOS on x64 or arm64",
            status: OPTIONAL.includes(name) ? "optional" : "blocking",
          };
  }
}

/** A component that is there, but not all of it. */
function complete(name: ComponentName, row: Row): Row {
  const lacks = name === "prometheus" ? withoutExporter(prometheusFiles(row.where)) : [];
  if (lacks.length === 0) return row;
  const where = `${row.where}: no metrics of ${lacks.join(" and ")}`;
  return { ...row, where, fix: prometheusHint, status: "optional" };
}
