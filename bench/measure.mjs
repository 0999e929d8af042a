/**
 * The medians, in milliseconds, of things done in turn: whatever else the machine does hits them alike.
 *
 * @template {string} Name
 * @param {number} rounds
 * @param {Record<Name, () => Promise<number>>} contenders each answers with how long it took
 * @returns {Promise<Record<Name, number>>}
 */
export async function inTurn(rounds, contenders) {
  const names = /** @type {Name[]} */ (Object.keys(contenders))
  const times = /** @type {Record<Name, number[]>} */ ({})
  for (const name of names) times[name] = []
  // The first rounds are the compiler's.
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of round % 2 ? names : names.toReversed()) {
      const time = await contenders[name]()
      if (round >= 0) times[name].push(time)
    }
  }
  const medians = /** @type {Record<Name, number>} */ ({})
  for (const name of names) {
    medians[name] = times[name].toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN
  }
  return medians
}

/**
 * How long the work took; what was prepared for it does not count.
 *
 * @template Prepared
 * @param {() => Promise<Prepared>} prepare
 * @param {(prepared: Prepared) => Promise<unknown>} work
 */
export const timed = (prepare, work) => async () => {
  const prepared = await prepare()
  const start = performance.now()
  await work(prepared)
  return performance.now() - start
}
