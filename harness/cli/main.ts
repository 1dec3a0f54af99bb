/** The command line: parses, runs a command, turns every error into a message and an exit code. */
import { faultline } from "./faultline.ts";
import { runProgram } from "./program.ts";

await runProgram(faultline());
