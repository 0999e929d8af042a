import { onTestFailed } from 'vitest'

/** The random numbers of a test, which tells its seed when it fails: with `SEED=…` they are the same again. */
export function seededRandom(): () => number {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  onTestFailed(() => console.log(`The random numbers of this test: SEED=${seed}`))
  let state = seed
  // https://github.com/cprosche/mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
