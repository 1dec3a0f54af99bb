import { z } from "zod";
import type { HistoryEvent } from "./event.ts";
import { parseValue } from "./values.ts";

/** The operations of the workload `poison`: a malformed record is put into a topic... */
export const poisoned = "poison";
/** ...and in the end it is asked how far the group that reads the topic has come. */
export const groupPosition = "group-position";

const place = z.object({ partition: z.string(), offset: z.int(), kind: z.string() });
const positions = z.record(z.string(), z.int());

/** Where an acknowledged record is: the topic and partition (`t-0`), the offset, and what is wrong with it. @throws UsageError */
export const placeOf = (event: HistoryEvent) => parseValue(place, event, "Poison");

/** The next offset that the group wants, by topic and partition. @throws UsageError */
export const positionsOf = (event: HistoryEvent) => parseValue(positions, event, "Poison");
