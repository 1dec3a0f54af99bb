/** What a stronger fault needs of the machine. Each is tried, never guessed. */
export const capabilities = [
  "netns",
  "cgroup-cpu",
  "cgroup-memory",
  "tmpfs",
  "prlimit",
  "libfaketime",
] as const;
export type Capability = (typeof capabilities)[number];
