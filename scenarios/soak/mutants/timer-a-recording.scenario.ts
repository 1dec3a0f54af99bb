import { leaking } from "./leaking.ts";

export default leaking(
  "./timer-a-recording.ts",
  "Each new recording starts an interval that looks after it, and nobody ends that.",
);
