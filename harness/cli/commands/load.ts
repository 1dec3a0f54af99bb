import { Command, Option } from "commander";
import { loadElsewhere } from "../../run/load-elsewhere.ts";
import { type LoadedScenario, loadScenarios } from "../../run/load-scenarios.ts";
import { familyOf, nameOf } from "../../run/scenario-name.ts";
import { exitCodes, UsageError } from "../../util/errors.ts";
import type { K6Options } from "../../workload/k6.ts";
import { failedByLoadAlone } from "../exit-code.ts";
import { interruptSignal } from "../interrupt.ts";
import { loadCompare } from "../load-compare.ts";
import { parseSeed } from "../parse-seed.ts";
import { wholeNumber } from "../program.ts";
import { runAlone } from "../run-alone.ts";
import { quoted } from "../suite-options.ts";

interface LoadOptions {
  readonly baseUrl?: string;
  readonly wsUrl?: string;
  readonly script?: string;
  readonly model?: "closed" | "open";
  readonly strict?: boolean;
  readonly env?: readonly string[];
  readonly threshold?: readonly string[];
  readonly compare?: string;
  readonly baseline?: boolean;
  readonly pairs: number;
  readonly seed: number;
  readonly reports: string;
  readonly json?: boolean;
}

/** Options that windows have no use for; an address of the live interface would be that of both sides. */
const notOfWindows = ["wsUrl", "threshold", "json"] as const;

/** `faultline load [profile]` */
export function loadCommand(): Command {
  return new Command("load")
    .description(
      "run a load scenario, or load a service that runs already; 99 when only its thresholds break",
    )
    .argument(
      "[profile]",
      "a scenario of scenarios/load; with --base-url: a profile of k6's scripts",
      "smoke",
    )
    .option("--base-url <url>", "load this service, which is not ours, and break nothing")
    .option("--ws-url <url>", "where its live interface is, if not at /ws of that")
    .option(
      "--script <name>",
      "with --base-url, --compare or --baseline: one of k6/, or the path of a script (stt-load)",
    )
    .addOption(
      new Option("--model <model>", "likewise: whether load waits for the service").choices([
        "closed",
        "open",
      ]),
    )
    .option("--strict", "likewise: the script's thresholds ten times tighter")
    .option("-e, --env <NAME=value...>", "likewise: variables of the script")
    .option(
      "--threshold <bound...>",
      'with --base-url: further bounds, "http_req_failed rate<0.2 within 10s"',
    )
    .addOption(
      new Option(
        "--compare <other>",
        "run windows by turns against a second service: its URL, or an entry file",
      ).conflicts([...notOfWindows, "baseline"]),
    )
    .addOption(
      new Option(
        "--baseline",
        "run windows, and compare them with this class of machine's baseline",
      ).conflicts([...notOfWindows]),
    )
    .option("--pairs <n>", "with --compare or --baseline: windows of each side", wholeNumber, 10)
    .option("--seed <number>", "for everything that is drawn at random", parseSeed, 1)
    .option("--reports <folder>", "where run folders go", "reports")
    .option("--json", "print the run's record as JSON on standard output")
    .addHelpText(
      "after",
      `
A service that is not ours needs a token: TOKEN, or its secret in STT_JWT_SECRET, in the environment.

Examples:
  faultline load                              the smoke test, on a topology of its own
  faultline load leader-crash                 a load with a fault
  TOKEN=... faultline load load --base-url https://stt.example --threshold "stt_status_duration p(95)<600 within 10s"
  faultline load load --compare system/main.ts     A/A: two topologies of the same service, by turns
  faultline load load --base-url http://old --compare http://new -e SCALE=0.15

Exit codes: 0 passed, 99 only thresholds on what k6 measured broke, 1 something was lost, or the service did not recover;
the others as of run.`,
    )
    .action(load);
}

async function load(profile: string, options: LoadOptions): Promise<void> {
  const { baseUrl, seed, reports, json = false } = options;
  if (options.compare !== undefined || options.baseline) {
    const jwtSecret = process.env.STT_JWT_SECRET ?? "";
    const signal = interruptSignal();
    const code = await loadCompare(k6Of(profile, options), { ...options, jwtSecret }, signal);
    process.exitCode = signal.aborted ? exitCodes.interrupted : code;
    return;
  }
  const chosen = baseUrl === undefined ? await ours(profile, options) : theirs(profile, baseUrl, options);
  const signal = interruptSignal();
  const replay = replayOf(profile, options);
  const alone = { reports, json, network: "proxy", replay, withoutFile: baseUrl !== undefined } as const;
  const { records, exitCode } = await runAlone({ ...chosen, seed }, alone, signal);
  if (json) console.log(JSON.stringify(records[0], null, 2));
  const byLoadAlone = exitCode === exitCodes.failed && records.every(failedByLoadAlone);
  process.exitCode = signal.aborted ? exitCodes.interrupted : byLoadAlone ? exitCodes.thresholds : exitCode;
}

/** The load scenario of a name. @throws UsageError when there is none, or with an option for other services. */
async function ours(profile: string, options: LoadOptions): Promise<LoadedScenario> {
  const foreign = (["wsUrl", "script", "model", "strict", "env", "threshold"] as const).find(
    (name) => options[name] !== undefined,
  );
  if (foreign !== undefined) {
    throw new UsageError(
      `--${foreign === "wsUrl" ? "ws-url" : foreign} is for a service that runs already`,
      "name it by --base-url; what a scenario of scenarios/load does is in its file",
    );
  }
  const all = (await loadScenarios([])).filter(({ file }) => familyOf(file) === "load");
  const chosen = all.find(({ file }) => nameOf(file) === profile);
  if (chosen !== undefined) return chosen;
  const names = all.map(({ file }) => nameOf(file));
  throw new UsageError(`there is no load scenario ${profile}`, `one of ${names.join(", ")}`);
}

/** @throws UsageError when a bound or a variable cannot be read. */
function theirs(profile: string, baseUrl: string, options: LoadOptions): LoadedScenario {
  if (!/^https?:\/\/./.test(baseUrl))
    throw new UsageError(`--base-url ${baseUrl} is no URL of http or https`);
  const k6 = k6Of(profile, options);
  const scenario = loadElsewhere({
    ...{ baseUrl, k6, bounds: boundsOf(options.threshold ?? []) },
    jwtSecret: process.env.STT_JWT_SECRET ?? "",
  });
  return { file: `k6/${nameOf(k6.script)}-${profile}.ts`, scenario };
}

type K6Choices = Pick<
  LoadOptions,
  "baseUrl" | "wsUrl" | "script" | "model" | "strict" | "env" | "compare" | "baseline"
>;

/** @throws UsageError when a variable cannot be read, or is not to be told by `-e`. */
export function k6Of(profile: string, options: K6Choices): K6Options {
  const { baseUrl, wsUrl, script = "stt-load", model, strict, env = [], compare, baseline } = options;
  const variables = Object.fromEntries(env.map(variable));
  if (variables.BROKERS !== undefined && (compare !== undefined || baseline)) {
    throw new UsageError(
      "-e BROKERS would be the brokers of both sides",
      "leave it out: topologies that are compared have brokers of their own",
    );
  }
  const { TOKEN } = process.env;
  return {
    ...{ script, profile },
    ...(model === undefined ? {} : { model }),
    ...(strict === undefined ? {} : { strict }),
    env: {
      ...variables,
      ...(wsUrl === undefined ? {} : { WS_URL: wsUrl }),
    },
    // A service of ours takes tokens of its own secret.
    secrets: TOKEN === undefined || baseUrl === undefined ? {} : { TOKEN },
  };
}

/** `http_req_failed rate<0.2 within 10s` -> `{ "k6.http_req_failed": ["rate<0.2 within 10s"] }` */
export function boundsOf(thresholds: readonly string[]): Record<string, string[]> {
  const bounds: Record<string, string[]> = {};
  for (const threshold of thresholds) {
    const [, metric, bound] = /^\s*(?:k6\.)?([^\s{]+(?:\{[^}]*\})?)\s+(\S.*)$/.exec(threshold) ?? [];
    if (metric === undefined || bound === undefined) {
      throw new UsageError(
        `--threshold ${JSON.stringify(threshold)} names no metric and bound`,
        'write for example "http_req_failed rate<0.2 within 10s"',
      );
    }
    const name = `k6.${metric}`;
    bounds[name] = [...(bounds[name] ?? []), bound];
  }
  return bounds;
}

const noRecordHasIt = "set it in the environment, where no record has it";

/** Variables that have a place of their own. By `-e`, the run would be told of as another one; and a secret with it. */
const places: Readonly<Record<string, string>> = {
  PROFILE: "name the profile before all options",
  ...{ BASE_URL: "use --base-url", WS_URL: "use --ws-url", MODEL: "use --model", STRICT: "use --strict" },
  ...{ TOKEN: noRecordHasIt, STT_JWT_SECRET: noRecordHasIt },
};

function variable(text: string): [string, string] {
  const [, name, value] = /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`-e ${text} is no variable`, "write it as SCALE=0.5");
  const place = places[name];
  if (place !== undefined) throw new UsageError(`${name} is not told by -e`, place);
  return [name, value];
}

/** The command that does the same again. Tokens are in the environment, and not in it. */
function replayOf(profile: string, options: LoadOptions): string {
  const { baseUrl, wsUrl, script, model, strict, env = [], threshold = [], seed } = options;
  const words = ["./faultline", "load", profile];
  const named = { "--base-url": baseUrl, "--ws-url": wsUrl, "--script": script, "--model": model };
  for (const [name, value] of Object.entries(named)) if (value !== undefined) words.push(name, value);
  if (strict) words.push("--strict");
  for (const one of env) words.push("-e", one);
  for (const one of threshold) words.push("--threshold", one);
  return [...words, "--seed", String(seed)].map(quoted).join(" ");
}
