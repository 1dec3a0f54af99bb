// The dependency arrows of the architecture (docs/architecture.md), checked by `npm run lint`.
// Tests (*.test.ts) may use the harness to get real servers, so rules about `system` leave them out.

const TEST = "\\.test\\.ts$";

/** Folders of the harness, from the top layer to the bottom: a layer imports only layers below it. */
const harnessLayers = [
  ["cli", "bench", "fuzz-api"],
  ["hunt"],
  ["run"],
  ["topology", "faults", "workload", "checkers", "report", "compare"],
  ["runtime", "network", "history"],
  ["provision", "util"],
];

/** Folders of the system, likewise. `domain` is below everything and imports nothing. */
const systemLayers = [
  ["api", "live", "pipeline"],
  ["coordination", "storage", "messaging", "provider", "audio"],
  ["contract", "domain", "telemetry", "config"],
];

const inLayer = (root, folders) => `^${root}/(${folders.join("|")})(/|\\.ts)`;

function upwardRules(root, layers) {
  return layers.slice(1).map((layer, index) => ({
    name: `${root}-${layer[0]}-imports-only-below`,
    comment: `${root}/{${layer.join(",")}} may not import a layer above it`,
    severity: "error",
    from: { path: inLayer(root, layer), pathNot: TEST },
    to: { path: inLayer(root, layers.slice(0, index + 1).flat()) },
  }));
}

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "harness-knows-no-system",
      severity: "error",
      from: { path: "^harness/" },
      to: { path: "^(system|scenarios|k6)/" },
    },
    {
      name: "system-knows-no-harness",
      severity: "error",
      from: { path: "^system/", pathNot: TEST },
      to: { path: "^(harness|scenarios|k6)/" },
    },
    {
      name: "scenarios-see-only-the-contract",
      comment: "mutants are versions of the service: they are built from its parts",
      severity: "error",
      from: { path: "^scenarios/", pathNot: "^scenarios/(soak/)?mutants/" },
      to: { path: "^system/", pathNot: "^system/contract(/|\\.ts)" },
    },
    {
      name: "k6-sees-only-the-contract",
      comment: "k6 runs its scripts by itself: neither npm packages nor Node's modules are there",
      severity: "error",
      from: { path: "^k6/", pathNot: [TEST, "^k6/testing/"] },
      to: {
        pathNot: ["^k6/", "^system/contract/(status|topics)\\.ts", "^node_modules/@types/k6/", "^k6($|/)"],
      },
    },
    {
      name: "domain-imports-nothing",
      severity: "error",
      from: { path: "^system/domain/", pathNot: TEST },
      to: { pathNot: "^system/domain/" },
    },
    {
      name: "no-dev-dependencies-at-run-time",
      severity: "error",
      from: { path: "^(harness|system|scenarios)/", pathNot: TEST },
      to: { dependencyTypes: ["npm-dev"] },
    },
    ...upwardRules("harness", harnessLayers),
    ...upwardRules("system", systemLayers),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
