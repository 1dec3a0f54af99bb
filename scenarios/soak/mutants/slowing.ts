/** How much longer work takes, as a share, when a process has lived for so long: 0.1 % a minute. */
export const slowedBy = (livedMs: number): number => (0.001 * livedMs) / 60_000;
