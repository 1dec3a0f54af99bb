/** One line of the doctor's table. */
export interface Row {
  component: string;
  wanted: string;
  found: string;
  where: string;
  /** What to do about it: an exact command where there is one. */
  fix: string;
  /**
   * `ok`; `installable`: not there, and installed when it is needed; `optional`: not there, and the main job does
   * without; `blocking`: the main job cannot run.
   */
  status: "ok" | "installable" | "optional" | "blocking";
}

/** A row about something that is as it should be. */
export const okRow = (component: string, wanted: string, found: string, where = ""): Row => ({
  component,
  wanted,
  found,
  where,
  fix: "",
  status: "ok",
});
