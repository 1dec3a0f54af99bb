import type { Duration } from "../../util/duration.ts";
import { withDeadline } from "../../util/with-deadline.ts";

/** A client that cannot say good-bye by then goes without: its group finds out by its silence. */
const closeWithin: Duration = "5s";

/** Closes a client: however that ends, it ends in time. */
export async function closed(closing: Promise<unknown>): Promise<void> {
  await withDeadline(closing, closeWithin, "closing a client").catch(() => {});
}
