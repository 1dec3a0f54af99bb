import { fileURLToPath } from "node:url";
import { instanceCrash } from "../ha/instance-crash.scenario.ts";

/** Must fail: the transcription checker names the recordings that were lost. */
export default instanceCrash({
  entry: fileURLToPath(new URL("./commit-before-processing.ts", import.meta.url)),
});
