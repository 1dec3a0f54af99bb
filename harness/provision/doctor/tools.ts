import { EnvironmentError } from "../../util/errors.ts";
import { execute, findOnPath } from "../execute.ts";
import { findJava, javaHint } from "../java.ts";
import { manifest } from "../manifest.ts";
import { findGo, goHint } from "../recipes/go.ts";
import { okRow, type Row } from "./row.ts";

/** The Node that runs Faultline. */
export function nodeRow(): Row {
  return okRow("node", "24", process.versions.node, process.execPath);
}

/** The Java that runs Kafka and WireMock. */
export async function javaRow(): Promise<Row> {
  const wanted = `${manifest.kafka.java} or later`;
  try {
    const java = await findJava(manifest.kafka.java);
    return okRow("java", wanted, java.version, java.binary);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return {
      component: "java",
      wanted,
      found: "not usable",
      where: error.message,
      fix: javaHint,
      status: "blocking",
    };
  }
}

/** The Go that builds Toxiproxy and k6. Whether its absence matters is seen at those. */
export async function goRow(): Promise<Row> {
  const path = findGo();
  const wanted = "1.26 or later";
  if (path === undefined) {
    return { component: "go", wanted, found: "absent", where: "", fix: goHint, status: "optional" };
  }
  const { stdout } = await execute(path, ["env", "GOVERSION"], { timeoutMs: 20_000 });
  return okRow("go", wanted, stdout.trim(), path);
}

/** A Docker engine: Faultline runs without, its dashboards with one. */
export async function dockerRow(): Promise<Row> {
  const absent = { component: "docker", wanted: "an engine", where: "", status: "optional" } as const;
  const path = findOnPath("docker");
  if (path === undefined) {
    return {
      ...absent,
      found: "absent",
      fix: "apt-get install docker.io (only Grafana needs it: observability/compose.yaml)",
    };
  }
  try {
    const { stdout } = await execute(path, ["version", "--format", "{{.Server.Version}}"], {
      timeoutMs: 10_000,
    });
    return okRow("docker", "an engine", stdout.trim(), path);
  } catch {
    return {
      ...absent,
      found: "the engine does not answer",
      where: path,
      fix: "systemctl start docker (only Grafana needs it: observability/compose.yaml)",
    };
  }
}
