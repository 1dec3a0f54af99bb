import { expect } from "chai";
import { controlGroupParent } from "./control-groups.ts";

/** A machine's /proc and /sys, by file. */
const machine = (files: Readonly<Record<string, string>>) => (file: string) => {
  const text = files[file];
  if (text === undefined) throw new Error(`ENOENT ${file}`);
  return text;
};

describe("where control groups are made", () => {
  it("version 1: below the process's own group of that controller", () => {
    const read = machine({
      "/proc/self/cgroup": "4:memory:/job/1\n1:cpu,cpuacct:/\n0::/\n",
      "/proc/self/mountinfo":
        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n" +
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
    });
    const memory = "/sys/fs/cgroup/memory/job/1";
    expect(controlGroupParent("memory", read)).to.deep.equal({ version: 1, path: memory, home: memory });
    expect(controlGroupParent("cpu", read)?.path).to.equal("/sys/fs/cgroup/cpu");
  });

  it("version 1 in a container: what /proc names from the machine's root is mounted from the container's", () => {
    const read = machine({
      "/proc/self/cgroup": "1:cpu:/docker/abc\n",
      "/proc/self/mountinfo": "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
    });
    expect(controlGroupParent("cpu", read)?.path).to.equal("/sys/fs/cgroup/cpu");
  });

  it("version 2: below the nearest group that hands the controller on, for the own one has processes", () => {
    const root = "/sys/fs/cgroup";
    const read = machine({
      "/proc/self/cgroup": "0::/user.slice/user-0.slice/session-1.scope\n",
      "/proc/self/mountinfo": `30 23 0:26 / ${root} rw - cgroup2 cgroup2 rw\n`,
      [`${root}/user.slice/user-0.slice/session-1.scope/cgroup.subtree_control`]: "\n",
      [`${root}/user.slice/user-0.slice/cgroup.subtree_control`]: "memory pids\n",
      [`${root}/user.slice/cgroup.subtree_control`]: "cpu memory pids\n",
      [`${root}/cgroup.subtree_control`]: "cpu memory pids\n",
    });
    const home = `${root}/user.slice/user-0.slice/session-1.scope`;
    expect(controlGroupParent("memory", read)).to.deep.equal({
      version: 2,
      path: `${root}/user.slice/user-0.slice`,
      home,
    });
    expect(controlGroupParent("cpu", read)).to.deep.equal({ version: 2, path: `${root}/user.slice`, home });
  });

  it("nowhere, where no group hands it on", () => {
    const read = machine({
      "/proc/self/cgroup": "0::/\n",
      "/proc/self/mountinfo": "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n",
      "/sys/fs/cgroup/cgroup.subtree_control": "hugetlb\n",
    });
    expect(controlGroupParent("cpu", read)).to.equal(undefined);
  });
});
