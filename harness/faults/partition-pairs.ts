import { UsageError } from "../util/errors.ts";

/** What `from` opens to `to` gets no answer. */
export interface Pair {
  readonly from: string;
  readonly to: string;
}

/** No node of a group hears any of another group; within a group all do. Nodes of no group are not concerned. */
export function separate(groups: readonly (readonly string[])[]): Pair[] {
  return groups.flatMap((group, index) =>
    groups.filter((_, other) => other !== index).flatMap((others) => towards(group, others)),
  );
}

/** What nodes open to others is silent; what those open to them flows. */
export const towards = (from: readonly string[], to: readonly string[]): Pair[] =>
  from.flatMap((source) => to.filter((one) => one !== source).map((one) => ({ from: source, to: one })));

/**
 * The largest minority of nodes, drawn, and the rest.
 * @param random in [0, 1).
 * @throws UsageError for fewer than three nodes: they have no minority.
 */
export function minorityAndMajority(
  nodes: readonly string[],
  random: () => number,
): { minority: string[]; majority: string[] } {
  assertEnough(nodes, 3, "a minority");
  const left = [...nodes];
  const minority: string[] = [];
  while (minority.length + 1 <= (nodes.length - 1) / 2) {
    minority.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return { minority, majority: left };
}

/**
 * Two halves that do not hear each other, and one node that both hear.
 * @throws UsageError for fewer than three nodes: there is nothing to bridge.
 */
export function bridged(nodes: readonly string[], middle: string): Pair[] {
  assertEnough(nodes, 3, "a bridge");
  const others = nodes.filter((node) => node !== middle);
  const half = Math.ceil(others.length / 2);
  return separate([others.slice(0, half), others.slice(half)]);
}

/**
 * Each node hears only the one before and the one after it.
 * @throws UsageError for fewer than four nodes: in a smaller ring all are neighbours.
 */
export function ringed(nodes: readonly string[]): Pair[] {
  assertEnough(nodes, 4, "a ring");
  const last = nodes.length - 1;
  const distance = (a: string, b: string) => Math.abs(nodes.indexOf(a) - nodes.indexOf(b));
  return towards(nodes, nodes).filter(({ from, to }) => ![1, last].includes(distance(from, to)));
}

function assertEnough(nodes: readonly string[], least: number, what: string): void {
  if (nodes.length >= least) return;
  throw new UsageError(
    `${what} needs at least ${least} nodes of a kind, here are ${nodes.length}: ${nodes.join(", ")}`,
    "give the topology more of them: stt({ kafka: 5 })",
  );
}
