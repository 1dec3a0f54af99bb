import { leaking } from "./leaking.ts";

export default leaking(
  "./socket-a-conversion.ts",
  "Each conversion opens a connection to the upstream, says nothing, and forgets it.",
);
