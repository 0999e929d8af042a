/** How long the random tests of the backend are: few runs, or MODEL_RUNS. */
export const runs = (few: number): { numRuns: number } => ({
  numRuns: Number(process.env['MODEL_RUNS'] ?? few),
})

/** Long enough for them on a machine with other work, ms. */
export const patience = (few: number): number => Math.max(120_000, runs(few).numRuns * 3_000)
