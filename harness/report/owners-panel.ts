import type { TimeAxis } from "./axis.ts";
import { ownerLanes, type Stretch, type Tenure } from "./owners.ts";
import type { LanesPanel } from "./panel.ts";

const NS_PER_S = 1e9;

/** The value of a stretch that has several owners. */
const SEVERAL = -1;

/** Colours of the palette that owners take in turn. */
const COLORS = 10;

/** A Gantt panel of who held what; none where nothing was held. */
export function ownersPanel(
  tenures: readonly Tenure[],
  axis: TimeAxis,
  options: { id: string; title: string; note: string },
): LanesPanel[] {
  if (tenures.length === 0) return [];
  const { lanes, left } = ownerLanes(tenures, axis);
  const shown = lanes.flatMap(({ stretches }) => stretches);
  const owners = [...new Set(shown.flatMap(({ holders }) => holders.map(({ owner }) => owner)))].sort(
    (a, b) => a.localeCompare(b, "en", { numeric: true }),
  );
  const valueFor = ({ holders }: Stretch) =>
    holders.length > 1 ? SEVERAL : owners.indexOf(holders[0]?.owner ?? "");
  const several = shown.some(({ holders }) => holders.length > 1);
  return [
    {
      kind: "lanes",
      id: options.id,
      title: options.title,
      note: left === 0 ? options.note : `${options.note} ${left} more are not drawn.`,
      lanes: lanes.map(({ label, stretches }) => ({
        label,
        changed: new Set(stretches.map(valueFor)).size > 1,
        spans: stretches.map((stretch) => ({
          from: stretch.from / NS_PER_S,
          to: stretch.to / NS_PER_S,
          value: valueFor(stretch),
          ...textOf(stretch),
        })),
      })),
      names: {
        ...(several ? { [SEVERAL]: { label: "several at once", short: "!", color: null, alarm: true } } : {}),
        ...Object.fromEntries(
          owners.map((owner, value) => [
            value,
            { label: owner, short: shortOf(owner), color: value % COLORS },
          ]),
        ),
      },
    },
  ];
}

/** What the bar says, where the owner's name alone does not do; and in few letters, the marks. */
function textOf({ holders }: Stretch): { text?: string; brief?: string } {
  const marks = holders.flatMap(({ mark }) => mark ?? []);
  if (holders.length === 1 && marks.length === 0) return {};
  return {
    text: holders.map(({ owner, mark }) => (mark === undefined ? owner : `${owner} ${mark}`)).join(" + "),
    ...(marks.length === holders.length ? { brief: marks.join(" + ") } : {}),
  };
}

/** The number at the end of a name: `stt-1` is 1. */
const shortOf = (owner: string) => /\d+$/.exec(owner)?.[0] ?? owner.slice(0, 2);
