const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration as people write it, "250ms", "10s", "1.5m", "2h", or a number of milliseconds. */
export type Duration = string | number;

/**
 * Milliseconds of a duration.
 * @throws RangeError for anything that is not a finite, non-negative duration.
 */
export function milliseconds(duration: Duration): number {
  const match = typeof duration === "string" ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration.trim()) : null;
  const value =
    typeof duration === "number"
      ? duration
      : match
        ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
        : Number.NaN;
  if (!Number.isFinite(value) || value < 0) {
    throw new RangeError(
      `not a duration: ${JSON.stringify(duration)} (write for example "500ms", "10s", "2m")`,
    );
  }
  return value;
}

/** A duration for people: "340 ms", "2.4 s", "3 m 05 s", "2 h 10 m". */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const pad = (n: number) => String(n).padStart(2, "0");
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}
