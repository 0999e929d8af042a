// How long the random tests of the backend are: few runs, and the same ones each time, so that a change that broke one is
// told from luck. MODEL_RUNS walks longer, and other ones each time, or those of MODEL_SEED.
export function runs(few: number): { numRuns: number; seed?: number } {
  const { MODEL_RUNS, MODEL_SEED } = process.env
  const seed = MODEL_SEED ?? (MODEL_RUNS === undefined ? '11' : undefined)
  return { numRuns: Number(MODEL_RUNS ?? few), ...(seed !== undefined && { seed: Number(seed) }) }
}

/** Long enough for them on a machine with other work, ms. */
export const patience = (few: number): number => Math.max(120_000, runs(few).numRuns * 3_000)
