import { statuses } from "../../system/contract/status.ts";

/** Whether a status is the wanted one, a later one, or the end. */
export const hasReached = (status: string, wanted: (typeof statuses)[number]): boolean =>
  (statuses as readonly string[]).indexOf(status) >= statuses.indexOf(wanted);
