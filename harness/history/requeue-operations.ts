/** The operation of the workload `requeues`: an administrator brings a FAILED recording (the key) back to the stage that gave up on it. */
export const requeue = "requeue";
