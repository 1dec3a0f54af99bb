/** Runs a step of a flow, and records it under what it says. A step that throws ends the flow, which then has failed. */
export type Stepper = <T>(what: string, work: () => Promise<T>) => Promise<T>;
