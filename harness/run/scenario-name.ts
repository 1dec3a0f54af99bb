import { basename, dirname } from "node:path";

/** The folder a scenario's file is in, which is its family: `ha`. */
export const familyOf = (file: string): string => basename(dirname(file));

/** The name of a scenario's file without its ending: `leader-crash`; of a variant: `leader-crash-its-name`. */
export const nameOf = (file: string): string =>
  basename(file)
    .replace(/(\.scenario)?\.ts(?=#|$)/, "")
    .replace("#", "-");
