import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../../util/until.ts";
import { JobFiles } from "./job-files.ts";
import { Jobs, KeyReused, QueueFull } from "./jobs.ts";
import { FakeTranscriber } from "./testing/fake-transcriber.ts";

const limits = { waiting: 3, kept: 100, keptMs: 3_600_000 };

describe("jobs", () => {
  let folder: string;
  let uploads = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "faultline-jobs-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A server's life: what a crash leaves is what is in the folder. */
  async function begin(changes: Partial<typeof limits> = {}) {
    const files = await JobFiles.open(folder);
    const transcriber = new FakeTranscriber();
    const jobs = await Jobs.open(files, transcriber, { ...limits, ...changes });
    const submit = async (key: string | null, audio = "audio") => {
      const upload = files.uploadOf(`upload-${uploads++}`);
      await writeFile(upload, audio);
      return jobs.submit({ kind: "transcript", key, digest: audio, upload });
    };
    const begun = (count: number) =>
      until(() => transcriber.given.length === count, `${count} recordings were begun`).atMost("5s");
    const isDone = (rid: string) =>
      until(() => jobs.get("transcript", rid)?.state.name === "done", `${rid} is done`).atMost("5s");
    return { files, transcriber, jobs, submit, begun, isDone };
  }

  const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

  it("are done one after the other, in the order of their coming, with their progress", async () => {
    const { jobs, transcriber, submit, begun, isDone } = await begin();
    await using _jobs = jobs;
    const first = await submit("a");
    const second = await submit("b");
    await begun(1);
    transcriber.given[0]?.onProgress(40);
    expect(jobs.progressOf(first.rid)).to.equal(40);
    expect(jobs.progressOf(second.rid)).to.equal(0);

    transcriber.finish("hello");
    await begun(2);
    expect(transcriber.given.map(({ wavFile }) => wavFile.includes(second.rid))).to.deep.equal([false, true]);
    expect(jobs.get("transcript", first.rid)?.state).to.deep.equal({ name: "done", text: "hello" });
    transcriber.finish("");
    await isDone(second.rid);
  });

  it("with the same key are the same job, even when they come at once", async () => {
    const { jobs, submit } = await begin();
    await using _jobs = jobs;
    const rids = (await Promise.all([submit("a"), submit("a"), submit("b")])).map(({ rid }) => rid);
    expect(rids[1]).to.equal(rids[0]);
    expect(rids[2]).not.to.equal(rids[0]);
    expect((await submit("a")).rid).to.equal(rids[0]);
    const summary = await jobs.submit({ kind: "summary", key: "a", digest: "audio", text: "Text." });
    expect(summary.rid, "a summary is another job").not.to.equal(rids[0]);
    expect(jobs.get("transcript", summary.rid)).to.equal(undefined);
  });

  it("with a used key and something else are refused", async () => {
    const { jobs, submit } = await begin();
    await using _jobs = jobs;
    await submit("a");
    expect(await failure(submit("a", "other audio"))).to.be.instanceOf(KeyReused);
  });

  it("without a key are always new", async () => {
    const { jobs, submit } = await begin();
    await using _jobs = jobs;
    expect((await submit(null)).rid).not.to.equal((await submit(null)).rid);
  });

  it("are refused while as many wait as may; those that are known are not", async () => {
    const { jobs, transcriber, submit, begun } = await begin();
    await using _jobs = jobs;
    const keys = ["a", "b", "c", "d"];
    const outcomes = await Promise.allSettled(keys.map((key) => submit(key)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    const known = keys.find((_key, index) => outcomes[index]?.status === "fulfilled") ?? "none";
    expect(refused).to.have.length(1);
    expect(refused[0]).to.be.instanceOf(QueueFull);
    const uploaded = (await readdir(join(folder, "uploads"))).filter((name) => name.startsWith("upload"));
    expect(uploaded, "no upload stays").to.deep.equal([]);
    await submit(known);
    await begun(1);
    transcriber.finish("");
    await begun(2);
    await submit("e");
  });

  it("that fail say why, and do not hold up the others", async () => {
    const { jobs, transcriber, submit, begun } = await begin();
    await using _jobs = jobs;
    const { rid } = await submit("a");
    await submit("b");
    await begun(1);
    transcriber.fail("the file is gone");
    await begun(2);
    expect(jobs.get("transcript", rid)?.state).to.deep.equal({ name: "failed", reason: "the file is gone" });
  });

  it("outlive a crash: the waiting ones are done, the results are there, keys are known", async () => {
    const before = await begin();
    const [done, atWork, next] = [
      await before.submit("done"),
      await before.submit("at work"),
      await before.submit("next"),
    ];
    await before.begun(1);
    before.transcriber.finish("the text");
    await before.begun(2);
    await writeFile(before.files.uploadOf("half"), "received when it crashed");
    // No goodbye: the rest of the folder's life belongs to another one.
    const { jobs, transcriber, submit, begun, isDone } = await begin();
    await using _jobs = jobs;
    await begun(1);
    expect(transcriber.given[0]?.wavFile).to.equal(before.files.audioOf(atWork.rid));
    transcriber.finish("again");
    await begun(2);
    transcriber.finish("and the next");
    await isDone(next.rid);
    expect(jobs.get("transcript", done.rid)?.state).to.deep.equal({ name: "done", text: "the text" });
    expect((await submit("done")).rid).to.equal(done.rid);
    const left = async () => {
      const names = [...(await readdir(join(folder, "uploads"))), ...(await readdir(join(folder, "jobs")))];
      return names.filter((name) => !name.endsWith(".json"));
    };
    await until(async () => (await left()).length === 0, "audio and uploads are gone").atMost("5s");
  });

  it("at which the server crashed three times are given up", async () => {
    for (let life = 1; life <= 3; life++) {
      const { submit, begun } = await begin();
      if (life === 1) await submit("poison");
      await begun(1);
    }
    const { jobs, transcriber, submit } = await begin();
    await using _jobs = jobs;
    const { rid } = await submit("poison");
    const state = () => jobs.get("transcript", rid)?.state;
    await until(() => state()?.name === "failed", "it is given up").atMost("5s");
    expect(state()).to.have.property("reason").that.contains("ended 3 times");
    expect(transcriber.given).to.deep.equal([]);
  });

  it("are not blamed for a server that was asked to stop", async () => {
    for (let life = 1; life <= 4; life++) {
      const { jobs, submit, begun } = await begin();
      await submit("innocent");
      await begun(1);
      await jobs[Symbol.asyncDispose]();
    }
    const { jobs, begun } = await begin();
    await using _jobs = jobs;
    await begun(1);
  });

  it("are forgotten, the oldest first, when there are too many results, or after their time", async () => {
    const { jobs } = await begin({ kept: 2 });
    await using _jobs = jobs;
    const summary = (text: string) => jobs.submit({ kind: "summary", key: text, digest: text, text });
    const [first, second] = [await summary("1"), await summary("2"), await summary("3")];
    await summary("4"); // forgets what is too much before it adds its own
    expect(jobs.get("summary", first.rid)).to.equal(undefined);
    expect(jobs.get("summary", second.rid)?.state).to.deep.equal({ name: "done", text: "2" });

    const later = await begin({ keptMs: -1 });
    await using _later = later.jobs;
    await later.jobs.submit({ kind: "summary", key: "new", digest: "new", text: "new" });
    expect(later.jobs.get("summary", second.rid)).to.equal(undefined);
    expect(await readdir(join(folder, "jobs"))).to.have.length(1);
  });
});
