import { basename, dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { vocabulary } from "../faults/vocabulary.ts";
import type { RunRecord, WrittenFault } from "../report/record.ts";
import { type Call, callsIn, sourceOf } from "../util/call.ts";
import type { Shrunk } from "./shrink.ts";

const harnessFolder = fileURLToPath(new URL("..", import.meta.url));

/** Where the workloads are whose rate can be lowered, from `harness/`. */
const workloadFiles: Readonly<Record<string, string>> = {
  transcriptions: "workload/transcriptions.ts",
  kafkaLog: "workload/kafka-log.ts",
};

/** What a scenario file of a failure is written from. */
export interface Found {
  readonly shrunk: Shrunk;
  /** The run that was made smaller. */
  readonly record: RunRecord;
  /** How many faults it had. */
  readonly faultsBefore: number;
  /** The workload's own source, for a lower rate. */
  readonly workload?: Call | undefined;
  /** Its faults for people: `kill kafka-2`. */
  readonly described: readonly string[];
}

/**
 * A scenario file as a person would write it: the scenario that failed, with only those faults that it takes.
 * @param outFile where it will lie; its imports are relative to that.
 */
export function scenarioSource(found: Found, outFile: string): string {
  const { shrunk, record, described } = found;
  const workload = slowed(found);
  const { topologyOf } = record.variation ?? {};
  const original = scenarioIn(record.scenario.file);
  const other = topologyOf === undefined ? undefined : scenarioIn(topologyOf);
  const used = [original, ...(other === undefined ? [] : [other])];
  const isVariant = used.some(({ source, name }) => source !== name);
  const imports = [
    ...importsFor(shrunk.schedule, workload, outFile),
    `import ${isVariant ? "{ type Scenario, variantOf }" : "type { Scenario }"} from "${pathTo(`${harnessFolder}run/scenario.ts`, outFile)}";`,
    ...new Set(used.map(({ name, path }) => `import ${name} from "${pathTo(path, outFile)}";`)),
  ].sort((a, b) => compare(pathIn(a), pathIn(b)));
  const title = `${described.join(" and ") || "without any fault"}: ${record.scenario.title}`;
  return `${imports.join("\n")}

export default {
  ...${original.source},
${textField("title", title)}
${textField("about", about(found))}
${other === undefined ? "" : `  topology: ${other.source}.topology,\n`}${workload === undefined ? "" : `  workload: ${sourceOf(workload)},\n`}${listOf(shrunk.schedule)}
${shrunk.signature.startsWith("threshold") ? "" : "  thresholds: [],\n"}} satisfies Scenario;
`;
}

function about({ shrunk, record, faultsBefore }: Found): string {
  const { signature, failures, runs } = shrunk;
  const by = record.variation?.by === "hunt" ? "Found by a hunt, and made" : "Made";
  return `${by} smaller from the ${faultsBefore} fault(s) of run ${record.id}: it fails in ${failures} of ${runs} runs with seed ${record.seed} (${signature}).`;
}

/** The workload at the lower rate; undefined when the rate is the scenario's. */
function slowed({ shrunk: { rate }, workload }: Found): Call | undefined {
  if (rate === undefined || workload === undefined) return undefined;
  const [options, ...rest] = workload.args;
  const fields = typeof options === "object" && options !== null && !Array.isArray(options) ? options : {};
  return { call: workload.call, args: [{ ...fields, rate }, ...rest] };
}

/** `at("4s", kill(node("stt-1"))).for("2s")` */
const faultSource = ({ fault, atMs, forMs }: WrittenFault): string =>
  `at(${duration(atMs)}, ${sourceOf(fault)}).for(${duration(forMs)})`;

/** Milliseconds as people write them: `"4s"`, `"4500ms"`. */
const duration = (ms: number): string => JSON.stringify(ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`);

/** The longest line of our formatter. */
const lineWidth = 110;

/** A field of text, on a line of its own where it is too long. */
function textField(name: string, text: string): string {
  const line = `  ${name}: ${JSON.stringify(text)},`;
  return line.length <= lineWidth ? line : `  ${name}:\n    ${JSON.stringify(text)},`;
}

/** The schedule, on one line where that is short enough. */
function listOf(faults: readonly WrittenFault[]): string {
  const line = `  faults: [${faults.map(faultSource).join(", ")}],`;
  if (faults.length <= 1 && line.length <= lineWidth) return line;
  return `  faults: [\n${faults.map((fault) => `${brokenSource(fault)},\n`).join("")}  ],`;
}

/** An item of the schedule on a line of its own, broken as our formatter breaks it. */
function brokenSource(scheduled: WrittenFault): string {
  const line = `    ${faultSource(scheduled)}`;
  if (line.length < lineWidth) return line;
  const { fault, atMs, forMs } = scheduled;
  const beginning = `    at(${duration(atMs)}, ${sourceOf(fault)}).for(`;
  if (beginning.length <= lineWidth) return `${beginning}\n      ${duration(forMs)},\n    )`;
  return `    at(\n      ${duration(atMs)},\n      ${sourceOf(fault)},\n    ).for(${duration(forMs)})`;
}

function importsFor(
  schedule: readonly WrittenFault[],
  workload: Call | undefined,
  outFile: string,
): string[] {
  const names = new Map<string, Set<string>>();
  if (schedule.length > 0) names.set("faults/schedule.ts", new Set(["at"]));
  const calls = schedule.flatMap(({ fault }) => callsIn(fault));
  for (const call of workload === undefined ? calls : [...calls, workload.call]) {
    const file = vocabulary.get(call) ?? workloadFiles[call];
    if (file === undefined) throw new Error(`nobody knows where ${call} is`);
    names.set(file, (names.get(file) ?? new Set()).add(call));
  }
  return [...names].map(
    ([file, words]) =>
      `import { ${[...words].sort(compare).join(", ")} } from "${pathTo(`${harnessFolder}${file}`, outFile)}";`,
  );
}

function pathTo(file: string, outFile: string): string {
  const path = relative(dirname(resolve(outFile)), resolve(file));
  return path.startsWith(".") ? path : `./${path}`;
}

const pathIn = (line: string): string => /from "(.*)\.ts";$/.exec(line)?.[1] ?? line;

/** The order of the formatter: `.`-paths from far to near. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A scenario by its file, which may name a variant: where it is imported from, under which name, and how it is had of that. */
function scenarioIn(file: string): { readonly path: string; readonly name: string; readonly source: string } {
  const [path = "", variant] = file.split("#");
  const name = localName(path);
  return {
    path,
    name,
    source: variant === undefined ? name : `variantOf(${name}, ${JSON.stringify(variant)})`,
  };
}

/** `ha/leader-crash.scenario.ts` as the name of a variable: `leaderCrash`. */
function localName(file: string): string {
  const words = basename(file)
    .replace(/(\.scenario)?\.ts$/, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
  const name = words
    .map((word, index) => (index === 0 ? word : (word[0] ?? "").toUpperCase() + word.slice(1)))
    .join("");
  return /^[A-Za-z]/.test(name) ? name : `original${name}`;
}
