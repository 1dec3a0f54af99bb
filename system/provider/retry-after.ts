/** An upstream that asks for a longer pause is asked again after this one: a wrong clock must not park a job for a year. */
const longestMs = 60 * 60 * 1_000;

/**
 * The pause that a `Retry-After` header asks for, in either of its forms: seconds, or an HTTP date (RFC 9110, 10.2.3).
 * @param now wall clock, epoch milliseconds.
 * @returns milliseconds from now, at most an hour; undefined when there is no header or it says neither.
 */
export function parseRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs);
}

/** Epoch milliseconds of a date in the form that senders must use, `Sun, 06 Nov 1994 08:49:37 GMT`; else NaN. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : NaN;
}
