// A page without a browser: memory for storage, a scripted provider for a network, no worker.

/**
 * @param {(url: string, init: any) => Promise<Response>} fetch
 * @param {string} [href]
 */
export function createPage(
  fetch,
  href = 'https://app.example/',
  sessionStorage = memoryStorage(),
  localStorage = memoryStorage(),
) {
  let here = href
  let passed = 0
  /** @satisfies {Partial<import('../src/client/page/environment.ts').PageEnvironment>} */
  const time = {
    now: () => Date.now() + passed,
    monotonic: () => performance.now() + passed,
    random: Math.random,
    /** @param {() => void} callback @param {number} ms */
    timer(callback, ms) {
      const id = setTimeout(callback, ms)
      return () => clearTimeout(id)
    },
  }
  /** @type {(url: string) => void} */
  let leave = () => {}
  /** @type {Promise<string>} */
  const left = new Promise((resolve) => (leave = resolve))
  return {
    left,
    /** @param {number} ms */
    pass: (ms) => void (passed += ms),
    /** @type {import('../src/client/page/environment.ts').PageEnvironment} */
    page: {
      ...time,
      vault: {
        ...time,
        fetch,
        deadline: (ms) => AbortSignal.timeout(ms),
        channel: () => undefined,
        locks: undefined,
      },
      location: {
        get href() {
          return here
        },
        assign: (url) => leave(String(url)),
      },
      replaceUrl: (url) => (here = new URL(url, here).href),
      isVisibleAndOnline: () => true,
      userActivation: () => true,
      listen: () => () => {},
      hidePage() {},
      sessionStorage,
      localStorage,
      startWorker() {
        throw new Error('no worker')
      },
      warn() {},
    },
  }
}

/** @returns {import('../src/client/page/environment.ts').StringStorage} */
export function memoryStorage() {
  const held = new Map()
  return {
    get: (name) => held.get(name) ?? null,
    set(name, value) {
      if (value === null) held.delete(name)
      else held.set(name, value)
      return true
    },
  }
}
