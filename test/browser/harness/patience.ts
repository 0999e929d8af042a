import type { BrowserContext } from 'playwright-core'

/**
 * Moves the deadlines of two seconds far away, which a page has for its worker: on a busy machine a worker takes longer,
 * and the page would rightly do without it. Unit tests hold the deadlines; the tests of silence keep them.
 */
export function patience() {
  const set = window.setTimeout
  const patient = (callback: () => void, ms?: number, ...given: unknown[]) =>
    set(callback, ms === 2000 ? 60_000 : ms, ...given)
  window.setTimeout = patient as typeof setTimeout
}

export const waitForWorkers = (context: BrowserContext) => context.addInitScript(patience)
