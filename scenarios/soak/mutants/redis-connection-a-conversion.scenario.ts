import { leaking } from "./leaking.ts";

export default leaking(
  "./redis-connection-a-conversion.ts",
  "Each conversion makes a connection to Redis of its own, and nobody ends it.",
);
