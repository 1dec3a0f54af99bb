export { type Stage, type Status, stages, statuses } from "../domain/status.ts";
