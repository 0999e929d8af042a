// Random tests take the same walks each time, so that a change that broke one is told from luck. MODEL_RUNS and
// RELAY_RUNS walk longer, and other ones each time: what fails prints its seed, and MODEL_SEED walks it again.
import fc from 'fast-check'

const { MODEL_RUNS, RELAY_RUNS, MODEL_SEED } = process.env
const isLonger = MODEL_RUNS !== undefined || RELAY_RUNS !== undefined
if (MODEL_SEED !== undefined || !isLonger) fc.configureGlobal({ seed: Number(MODEL_SEED ?? 11) })
