import pc from "picocolors";
import { enterPrivateNetwork } from "../network/private-network.ts";
import { examineCapability } from "../provision/capabilities.ts";
import type { ComponentName } from "../provision/manifest.ts";
import { plainReporter } from "../provision/progress.ts";
import { provision } from "../provision/provision.ts";
import { EnvironmentError } from "../util/errors.ts";

/**
 * Starts this command anew in a private network. What it needs is provisioned before: inside, nothing can be downloaded.
 * @param components what the scenarios will ask for.
 * @throws EnvironmentError when this machine cannot do it: what is missing, and the fix. It does not return.
 */
export async function enterNetwork(
  components: readonly ComponentName[],
  signal: AbortSignal,
): Promise<never> {
  const examined = await examineCapability("netns");
  if (!examined.supported) {
    throw new EnvironmentError(`--network netns does not work on this machine: ${examined.why}`, {
      hint: [examined.fix, "without it: --network proxy, the default"].filter(Boolean).join("\n"),
    });
  }
  await provision([...new Set(components)], {
    signal,
    onProgress: plainReporter((line) => console.error(pc.dim(line))),
  });
  return enterPrivateNetwork();
}
