import { bucketOf, type TimeAxis } from "./axis.ts";

/** Somebody held something, from and to in nanoseconds. */
export interface Tenure {
  /** What was held: a lock, a partition. */
  readonly what: string;
  readonly owner: string;
  readonly from: number;
  readonly to: number;
  /** Written behind the owner: a fencing token. */
  readonly mark?: string;
}

/** A stretch of a lane in which the same owners held: one, or by mistake several. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly holders: readonly Tenure[];
}

/** Who held one thing, in the order of time; what nobody held has no stretch. */
export interface OwnerLane {
  readonly label: string;
  readonly stretches: readonly Stretch[];
}

/** So many lanes are drawn; those with several owners at once come first, then those whose owner changed most. */
const LANES = 30;

/** Lays tenures out as lanes, one for each thing held. `left`: how many lanes there are beyond those. */
export function ownerLanes(tenures: readonly Tenure[], axis: TimeAxis): { lanes: OwnerLane[]; left: number } {
  const lanes = [...Map.groupBy(tenures, ({ what }) => what)]
    .map(([label, own]) => ({ label, stretches: atMostOneABucket(stretchesOf(own), axis) }))
    .sort(
      (a, b) =>
        overlaps(b) - overlaps(a) ||
        b.stretches.length - a.stretches.length ||
        a.label.localeCompare(b.label),
    );
  return { lanes: lanes.slice(0, LANES), left: Math.max(0, lanes.length - LANES) };
}

const overlaps = ({ stretches }: OwnerLane) => stretches.filter(({ holders }) => holders.length > 1).length;

/** Cuts the time wherever a tenure begins or ends. */
function stretchesOf(tenures: readonly Tenure[]): Stretch[] {
  const cuts = tenures
    .filter(({ from, to }) => to > from)
    .flatMap((tenure) => [
      { at: tenure.from, tenure, begins: true },
      { at: tenure.to, tenure, begins: false },
    ])
    .sort((a, b) => a.at - b.at || Number(a.begins) - Number(b.begins));
  const held = new Set<Tenure>();
  const stretches: Stretch[] = [];
  let from = 0;
  for (const { at, tenure, begins } of cuts) {
    if (held.size > 0 && at > from) stretches.push({ from, to: at, holders: [...held] });
    if (begins) held.add(tenure);
    else held.delete(tenure);
    from = at;
  }
  return stretches;
}

/** Of the stretches that begin in one bucket the longest, or one of several owners: an hour of short holds must not blow up the file. */
function atMostOneABucket(stretches: readonly Stretch[], axis: TimeAxis): Stretch[] {
  const weight = ({ from, to, holders }: Stretch) =>
    holders.length > 1 ? Number.POSITIVE_INFINITY : to - from;
  return [...Map.groupBy(stretches, ({ from }) => bucketOf(axis, from)).values()].flatMap((own) =>
    own.reduce((best, stretch) => (weight(stretch) > weight(best) ? stretch : best)),
  );
}
