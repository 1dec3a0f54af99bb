const NS_PER_S = 1e9;

/** Bucket widths people can think in, in seconds. */
const niceSteps = [
  0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400,
];

/** Enough for one bucket per two pixels of a desktop chart; it bounds the report's size at any run length. */
const maxBuckets = 600;

/** The run's time cut into equal buckets. */
export interface TimeAxis {
  /** Start of the first bucket, nanoseconds. */
  readonly from: number;
  /** Width of a bucket, nanoseconds. */
  readonly step: number;
  readonly buckets: number;
}

/**
 * The axis over `[from, to)` (nanoseconds) with the finest nice step that needs at most `limit` buckets.
 * It starts on a multiple of the step.
 */
export function timeAxis(from: number, to: number, limit: number = maxBuckets): TimeAxis {
  const widest = niceSteps.at(-1) ?? 86_400;
  let step = niceSteps.find((seconds) => bucketsOver(from, to, seconds * NS_PER_S) <= limit) ?? widest;
  while (bucketsOver(from, to, step * NS_PER_S) > limit) step *= 2;
  const width = step * NS_PER_S;
  return { from: Math.floor(from / width) * width, step: width, buckets: bucketsOver(from, to, width) };
}

/** The bucket a time falls in; times outside the axis fall in its first or last bucket. */
export function bucketOf(axis: TimeAxis, time: number): number {
  const index = Math.floor((time - axis.from) / axis.step);
  return Math.min(axis.buckets - 1, Math.max(0, index));
}

/** Start of a bucket in seconds since the run began. */
export function bucketStart(axis: TimeAxis, bucket: number): number {
  return (axis.from + bucket * axis.step) / NS_PER_S;
}

function bucketsOver(from: number, to: number, step: number): number {
  return Math.max(1, Math.ceil((to - Math.floor(from / step) * step) / step));
}
