import { leaking } from "./leaking.ts";

export default leaking(
  "./consumer-that-slows.ts",
  "A look through what has been takes 0.1 % longer with every minute that the process lives.",
  {
    steadyForMs: 4 * 3_600_000, // 24 % by then: in ten minutes it is one, which no measure shows
  },
);
