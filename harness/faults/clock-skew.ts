import type { Node } from "../runtime/node.ts";
import type { SettableClock } from "../runtime/settable-clock.ts";
import { madeBy } from "../util/call.ts";
import { systemClock } from "../util/clock.ts";
import { type Duration, formatDuration, milliseconds } from "../util/duration.ts";
import { EnvironmentError } from "../util/errors.ts";
import type { Fault, Target } from "./fault.ts";
import { timeOf } from "./node-time.ts";
import { onNodes, provenHealthyNodes, provenOnNodes } from "./on-nodes.ts";

/** Which way the clock jumps, and how far: at least 5 s, so that it can be told from the right time. */
export type Jump = ({ readonly forward: Duration } | { readonly back: Duration }) & {
  /** What kind of nodes get a clock that can be set (default: all whose programs can be told the time). */
  readonly kind?: string;
};

/** How exactly a node's time is known: some tell whole seconds only, and learn of a jump within one. */
const toleranceMs = 2_500;

/** A Java machine's answer fills a page of its log. */
const askedAgainAfterMs = 250;

/**
 * Sets a node's clock, at once, and back at the heal: its clock jumps twice. Only the time of day is wrong; timeouts and
 * waiting go by the monotonic clock, as when a machine's clock is set. It is proven by asking the node for the time.
 * A program that asks the kernel itself (a static one, such as redis-server; a Go program) has no clock that can be set.
 */
export function clockSkew(target: Target, jump: Jump): Fault {
  const offsetMs = "forward" in jump ? milliseconds(jump.forward) : -milliseconds(jump.back);
  if (Math.abs(offsetMs) < 2 * toleranceMs) throw new RangeError("clock-skew: the jump must be 5 s or more");
  return {
    kind: "clock-skew",
    target,
    ...madeBy("clockSkew", target, jump),
    needs: ["libfaketime"],
    prepares: [{ type: "settable-clock", ...(jump.kind === undefined ? {} : { kind: jump.kind }) }],
    inject: (context) => onNodes(context, async (node) => clockOf(node).shift(context.id, offsetMs)),
    probe: (context) => provenOnNodes(context, provenTime),
    heal: (context) => onNodes(context, async ({ resources }) => resources.clock?.restore(context.id)),
    probeHealed: async (context) =>
      `${await provenOnNodes(context, provenRestored)}; ${await provenHealthyNodes(context)}`,
  };
}

/** Proves that the node's time is off by what all faults together want. */
async function provenTime(node: Node): Promise<string> {
  const { offsetMs } = clockOf(node);
  const off = (await timeOf(node)) - Date.now();
  if (Math.abs(off - offsetMs) > toleranceMs) {
    await systemClock.sleep(askedAgainAfterMs);
    throw new Error(`the clock of ${node.name} is ${described(off)}`);
  }
  return `the clock of ${node.name} is ${described(offsetMs === 0 ? 0 : off)}`;
}

const provenRestored = async (node: Node): Promise<string> =>
  node.resources.clock ? provenTime(node) : `the clock of ${node.name} was never set`;

function described(offMs: number): string {
  if (offMs === 0) return "right";
  return `${formatDuration(Math.abs(offMs))} ${offMs > 0 ? "fast" : "slow"}`;
}

function clockOf({ name, resources: { clock } }: Node): SettableClock {
  if (clock) return clock;
  throw new EnvironmentError(`unsupported: the clock of ${name} cannot be set`, {
    hint: "its program does not ask the C library for the time, or the fault's option `kind` names others",
  });
}
