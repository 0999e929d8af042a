// A page without a browser: a tab of the virtual device, without a worker, but on the clocks of this machine, for what is
// measured is real time.
import { Activity, VirtualTab, VirtualWorkers } from './built.mjs'

/** @typedef {import('../src/testing/device/tab.ts').VirtualTab} Tab */

/**
 * @param {(url: string, init: RequestInit) => Promise<Response>} fetch
 * @param {string} url
 * @param {Tab} [cloneOf] the page before in the same tab
 */
export function createPage(fetch, url, cloneOf) {
  let passed = 0
  /** @type {import('../src/testing/device/thread.ts').Thread} */
  const thread = {
    fetch,
    now: () => Date.now() + passed,
    monotonic: () => performance.now() + passed,
    random: Math.random,
    deadline: (ms) => AbortSignal.timeout(ms),
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
    channel: () => undefined,
    locks: undefined,
    freeze() {},
    thaw() {},
    close() {},
  }
  const home = {
    online: true,
    activity: new Activity(),
    originStorage: new Map(),
    workers: new VirtualWorkers(() => thread, undefined),
    thread: () => thread,
  }
  const tab = new VirtualTab(home, { url, worker: 'throws', ...(cloneOf && { cloneOf }) })
  return {
    tab,
    /** @param {number} ms */
    pass: (ms) => void (passed += ms),
  }
}

/**
 * Where a tab goes, once it goes.
 *
 * @param {Tab} tab
 */
export async function whereTo(tab) {
  while (tab.assigned.length === 0) await new Promise((resolve) => setImmediate(resolve))
  return tab.assigned[0] ?? ''
}
