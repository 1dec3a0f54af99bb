import junitModule, { type Builder } from "junit-report-builder";

// The package is CommonJS whose export is the builder; its types claim an ES module with a default export.
const junit = junitModule as unknown as Builder;

/** A new JUnit document. Text that goes into it must be {@link clean}. */
export const newJunit = (): Builder => junit.newBuilder();

/** Text without the characters that XML 1.0 cannot hold, whatever a node wrote into an error. */
export function clean(text: string): string {
  return text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}
