/** The data of the synced charts, as inlined in the report for its client script. Times are seconds. */

/** How a value is written: `ms`, `/s`, `MiB`, `%`, or a plain count. */
export type Unit = "ms" | "/s" | "MiB" | "%" | "count";

/** How several buckets become one row of the table alternative. */
export type Fold = "max" | "min" | "mean" | "last";

export interface LineSeries {
  readonly label: string;
  /** Index into the palette of the style sheet. */
  readonly color: number;
  readonly dashed?: boolean;
  readonly area?: boolean;
  /** Listed with its value, drawn only when asked for. */
  readonly hidden?: boolean;
  readonly fold: Fold;
  readonly values: readonly (number | null)[];
}

/** Lines over time. With several groups the reader picks one. */
export interface LinesPanel {
  readonly kind: "lines";
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly unit: Unit;
  readonly log?: boolean;
  readonly stepped?: boolean;
  /** A low chart, for few values. */
  readonly short?: boolean;
  readonly groups: readonly { readonly label: string; readonly series: readonly LineSeries[] }[];
}

/** One lane a node; each cell is split into the shares that ended ok, info and fail. */
export interface StripPanel {
  readonly kind: "strip";
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly lanes: readonly {
    readonly label: string;
    readonly ok: readonly number[];
    readonly info: readonly number[];
    readonly fail: readonly number[];
  }[];
}

/** A stretch of a lane during which `value` held. */
export interface LaneSpan {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  /** Written in it instead of the value's name. */
  readonly text?: string;
  /** Written where that does not fit, before the value's short name. */
  readonly brief?: string;
}

/** Gantt-like lanes: who held what, when. */
export interface LanesPanel {
  readonly kind: "lanes";
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly lanes: readonly {
    readonly label: string;
    readonly changed: boolean;
    readonly spans: readonly LaneSpan[];
  }[];
  readonly names: Readonly<Record<string, LaneName>>;
}

/** What a value of a lane means. */
export interface LaneName {
  readonly label: string;
  readonly short: string;
  /** Null for "nobody", and for an alarm. */
  readonly color: number | null;
  /** What must not be: drawn red. */
  readonly alarm?: boolean;
}

export type Panel = LinesPanel | StripPanel | LanesPanel;

/** The stretch of one fault on the axis. */
export interface FaultBand {
  readonly label: string;
  readonly from: number;
  /** When it was healed, or the end of the axis. */
  readonly to: number;
  /** When the steady state held again; null: never. */
  readonly recovered: number | null;
}

export interface TimelineData {
  readonly from: number;
  readonly step: number;
  readonly buckets: number;
  readonly phases: readonly { readonly name: string; readonly from: number; readonly to: number }[];
  readonly faults: readonly FaultBand[];
  readonly panels: readonly Panel[];
}
