/**
 * Fills the cache, for images and CI caches: `node harness/provision/main.ts [component...]`.
 * Without names it installs every component.
 */
import { FaultlineError, UsageError } from "../util/errors.ts";
import { type ComponentName, componentNames } from "./manifest.ts";
import { plainReporter } from "./progress.ts";
import { provision } from "./provision.ts";

function parseNames(words: readonly string[]): ComponentName[] {
  const names = words.length === 0 ? componentNames : words;
  return names.map((word) => {
    const name = componentNames.find((known) => known === word);
    if (name === undefined) {
      throw new UsageError(`there is no component ${word}`, `Components: ${componentNames.join(", ")}`);
    }
    return name;
  });
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new FaultlineError("interrupted", { exitCode: 130 })));
try {
  const installed = await provision(parseNames(process.argv.slice(2)), {
    onProgress: plainReporter((line) => console.error(line)),
    signal: stop.signal,
  });
  console.log(JSON.stringify(installed, null, 2));
} catch (error) {
  if (!(error instanceof FaultlineError)) throw error;
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  process.exitCode = error.exitCode;
}
