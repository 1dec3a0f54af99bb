import { cacheAt, cacheRoot } from "../cache.ts";
import { componentRows } from "./components.ts";
import { kernelRows } from "./kernel.ts";
import { coresRow, diskRow, filesRow, loopbackRow, memoryRow, portsRow } from "./machine.ts";
import type { Row } from "./row.ts";
import { dockerRow, goRow, javaRow, nodeRow } from "./tools.ts";

/**
 * Looks at everything Faultline needs or can use on this machine; leaves nothing behind.
 * @param root where the cache lies.
 */
export async function examine(root: string = cacheRoot()): Promise<Row[]> {
  const groups = await Promise.all([
    [nodeRow()],
    Promise.all([javaRow(), goRow()]),
    componentRows(cacheAt(root)),
    Promise.all([loopbackRow(), portsRow()]),
    [memoryRow(), coresRow()],
    Promise.all([filesRow(), diskRow(root), dockerRow()]),
    kernelRows(),
  ]);
  return groups.flat();
}

/** Whether the main job can run. */
export const canRun = (rows: readonly Row[]): boolean => rows.every((row) => row.status !== "blocking");
