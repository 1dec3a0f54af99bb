import { leaking } from "./leaking.ts";

export default leaking(
  "./listener-a-request.ts",
  "Each request for a status listens for the shutdown, and goes on listening when it is answered.",
);
