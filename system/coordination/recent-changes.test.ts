import { expect } from "chai";
import type { StatusFollower } from "../storage/status-feed.ts";
import { RecentChanges } from "./recent-changes.ts";

describe("recent changes", () => {
  let now: number;
  let feed: StatusFollower;
  let changes: RecentChanges;

  beforeEach(() => {
    now = 100_000;
    changes = new RecentChanges({ follow: (follower) => (feed = follower) }, () => now);
    feed.onListening();
    now += 60_000;
  });

  const heard = (id: string, version: number) =>
    feed.onChange({ id, version, status: "PROCESSING", progress: null, at: 0 });

  it("know a version for outdated when a later one was heard of, in whatever order", () => {
    heard("a", 3);
    heard("a", 2);
    expect(changes.mayBeOutdated("a", 2, 100)).to.equal(true);
    expect(changes.mayBeOutdated("a", 3, 100)).to.equal(false);
    expect(changes.mayBeOutdated("b", 1, 100)).to.equal(false);
  });

  it("remember for as long as they answer for, and not for ever", () => {
    heard("a", 3);
    now += 4_999;
    heard("b", 1);
    expect(changes.mayBeOutdated("a", 2, 4_999)).to.equal(true);
    for (const version of [2, 3]) {
      now += 5_000;
      heard("b", version);
    }
    expect(changes.mayBeOutdated("a", 2, 4_999), "forgotten").to.equal(false);
    expect(changes.mayBeOutdated("a", 3, 5_000), "older than the memory").to.equal(true);
  });

  it("answer for nothing from before the feed, nor while it is interrupted", () => {
    feed.onLost?.();
    expect(changes.mayBeOutdated("a", 3, 0)).to.equal(true);
    feed.onListening();
    now += 700;
    expect(changes.mayBeOutdated("a", 3, 699)).to.equal(false);
    expect(changes.mayBeOutdated("a", 3, 700)).to.equal(true);
  });
});
