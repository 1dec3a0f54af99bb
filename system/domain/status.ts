/** The states of a recording, in the order it goes through them. FAILED can follow any of the working states. */
export const statuses = [
  "RECORDING",
  "ENCODING",
  "ENCODED",
  "PROCESSING",
  "SUMMARIZING",
  "COMPLETED",
  "FAILED",
] as const;

export type Status = (typeof statuses)[number];

/** The stages that work on a recording, each consuming a topic of its own. */
export const stages = ["encoding", "processing", "summarizing"] as const;
export type Stage = (typeof stages)[number];

/** The status in which a stage has work to do. */
export const statusOfStage: Readonly<Record<Stage, Status>> = {
  encoding: "ENCODING",
  processing: "PROCESSING",
  summarizing: "SUMMARIZING",
};

const successors: Readonly<Record<Status, readonly Status[]>> = {
  RECORDING: ["ENCODING"],
  ENCODING: ["ENCODED", "FAILED"],
  ENCODED: ["PROCESSING"],
  PROCESSING: ["SUMMARIZING", "FAILED"],
  SUMMARIZING: ["COMPLETED", "FAILED"],
  COMPLETED: [],
  FAILED: [],
};

/** Whether the state machine has an arrow between the two. */
export function canTransition(from: Status, to: Status): boolean {
  return successors[from].includes(to);
}

/** Whether an administrator may bring a recording back: from FAILED into the status of the stage that failed. */
export function canRequeue(from: Status, to: Status): boolean {
  return from === "FAILED" && canTransition(to, "FAILED");
}

/** The stage that works on recordings in this status, or null when none does. */
export function stageOfStatus(status: Status): Stage | null {
  return stages.find((stage) => statusOfStage[stage] === status) ?? null;
}

/** COMPLETED: nothing can change any more, for a FAILED recording may be requeued. */
export function isFinal(status: Status): boolean {
  return status === "COMPLETED";
}

/**
 * How a stage's message relates to the recording's present status: `due` means there is work to do, `past`
 * that it was done (the message is a duplicate or late), `early` that the status is not reached yet.
 */
export function relevance(stage: Stage, status: Status): "due" | "past" | "early" {
  const wanted = statuses.indexOf(statusOfStage[stage]);
  const actual = statuses.indexOf(status);
  return actual === wanted ? "due" : actual > wanted ? "past" : "early";
}
