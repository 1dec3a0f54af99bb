/** What one measurement found: values by the name of their series. */
export type Samples = Readonly<Record<string, readonly number[]>>;

// From the beginning: the parent may end while the program still prepares.
process.on("disconnect", () => process.exit());

/**
 * Measures on demand: the parent sends an arm's name and gets its samples, `{samples}` or `{error}`. So a parent can let
 * arms take turns that are measured in one process. The process ends with its parent.
 */
export function serveArms(arms: Readonly<Record<string, () => Promise<Samples>>>): void {
  process.on("message", async (name: string) => {
    try {
      const measure = arms[name];
      if (!measure) throw new Error(`there is no arm ${name}; arms: ${Object.keys(arms).join(", ")}`);
      process.send?.({ samples: await measure() });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.message : String(error) });
    }
  });
}
