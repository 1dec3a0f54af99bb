import { type Command, CommanderError } from "commander";
import { faultline } from "../../faultline.ts";
import { blocksOf, codeOf, type Page } from "./pages.ts";

/** A command line that somebody is told to type. */
export interface Told {
  /** Page and line, or the command whose help it is in. */
  readonly where: string;
  /** From `faultline` on. */
  readonly line: string;
}

/**
 * The calls of faultline on a page, in blocks and in running text; not those that only show where arguments go. In running text a
 * command may be named alone: then its help is asked for.
 */
export function commandsOn(page: Page): Told[] {
  const typed = blocksOf(page).flatMap(({ text, line }) =>
    text.split("\n").map((code, index) => ({ line: line + index, told: commandIn(code) })),
  );
  const said = codeOf(page).map(({ code, line }) => {
    const told = commandIn(code);
    return {
      line,
      told: told?.includes(" -") === false && told.split(" ").length < 3 ? `${told} --help` : told,
    };
  });
  return [...typed, ...said].flatMap(({ line, told }) =>
    told === undefined || /[[<|]/.test(told.replace(/"[^"]*"/g, ""))
      ? []
      : [{ where: `${page.path}:${line}`, line: told }],
  );
}

/** The calls in the examples of the command line's own help. */
export function commandsInHelp(): Told[] {
  const program = faultline();
  return [program, ...program.commands].flatMap((command) => {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    const examples = /^Examples:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? "";
    return examples.split("\n").flatMap((text) => {
      const line = commandIn(text);
      return line === undefined ? [] : [{ where: `${command.name()} --help`, line }];
    });
  });
}

/** The call of faultline in a line of a shell, without what comes before and after it. */
export function commandIn(text: string): string | undefined {
  const found = /^\s*(?:\$ |- run: )?(?:[A-Z_]+=\S* )*(?:[^"'#]*\| )?(?:\.\/)?(faultline(?: .*)?)$/.exec(
    text,
  )?.[1];
  const [line] = (found ?? "").split(/\s+#\s|\s{2,}|; | > | \| /);
  return line === undefined || line === "" ? undefined : line.trim();
}

/**
 * Why a command line cannot be run as it stands, by the command line's own definitions; undefined when it can.
 * @param scenarios the files that there are, for the patterns in it.
 */
export async function complaint(line: string, scenarios: readonly string[]): Promise<string | undefined> {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (word) => word[1] ?? word[2] ?? word[3] ?? "",
  );
  const program = faultline();
  const silent = { writeOut: () => {}, writeErr: () => {} };
  let missing: string | undefined;
  program.exitOverride().configureOutput(silent);
  for (const command of program.commands) {
    command.configureOutput(silent).action(() => {
      missing = namedScenarios(command).find((name) => !scenarios.some((file) => file.includes(name)));
    });
  }
  try {
    await program.parseAsync(words.slice(1), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
  return missing === undefined ? undefined : `there is no scenario ${missing}`;
}

/** What a command that was parsed is to find among the scenarios. */
function namedScenarios(command: Command): readonly string[] {
  const named = command.args;
  switch (command.name()) {
    case "run":
    case "plan":
    case "list":
    case "mutants":
    case "clients":
    case "hunt":
      return named;
    case "load":
      return command.opts().baseUrl === undefined ? named.map((name) => `load/${name}.scenario.ts`) : [];
    default:
      return [];
  }
}

/** What the table of commands on a page leaves out, or makes up. @param more where options of several commands are told. */
export function tableGaps({ text }: Page, more: Readonly<Record<string, string>>): string[] {
  return faultline().commands.flatMap((command) => {
    const name = command.name();
    const row = new RegExp(`^\\| \`faultline ${name}[ \`].*$`, "m").exec(text)?.[0];
    if (row === undefined) return [`${name} has no row`];
    const known = command.options
      .flatMap(({ long, short }) => [long, short])
      .filter((one) => one !== undefined);
    const told = [...row.matchAll(/`(--?[a-z][\w-]*)/g)].flatMap(([, option]) => option ?? []);
    const elsewhere = more[name] ?? "";
    const has = (option: string) => new RegExp(`\`${option}[ \`]`).test(`${row}${elsewhere}`);
    return [
      ...told.filter((option) => !known.includes(option)).map((option) => `${name} has no option ${option}`),
      ...command.options
        .filter(({ long, short }) => ![long, short].some((option) => option && has(option)))
        .map(({ flags }) => `nothing says that ${name} has ${flags}`),
    ];
  });
}
