import type { BrowserContext, Page } from 'playwright-core'

/** What a same-origin script can see: everything said on channels and to workers, and how the worker is called. */
export interface Overheard {
  workers: { url: string; name: string }[]
  /** Both directions of every worker port of the page. */
  port: unknown[]
  /** Every message of every channel, as a listener of the same name hears it. */
  channels: unknown[]
}

declare global {
  interface Window {
    overheard: Overheard
  }
}

/** Installs the spies in every page of the context, before its own scripts. */
export async function overhear(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const overheard: Overheard = { workers: [], port: [], channels: [] }
    window.overheard = overheard
    const { SharedWorker: RealWorker, BroadcastChannel: RealChannel } = window
    window.SharedWorker = new Proxy(RealWorker, {
      construct(target, [url, options]: [string | URL, WorkerOptions]) {
        const worker = new target(url, options)
        overheard.workers.push({ url: String(url), name: options?.name ?? '' })
        const { port } = worker
        const post = port.postMessage.bind(port)
        port.postMessage = (message: unknown) => {
          overheard.port.push(message)
          post(message)
        }
        port.addEventListener('message', ({ data }) => overheard.port.push(data))
        return worker
      },
    })
    const heard = new Set<string>()
    window.BroadcastChannel = new Proxy(RealChannel, {
      construct(target, [name]: [string]) {
        if (!heard.has(name)) {
          heard.add(name)
          const twin = new target(name)
          twin.addEventListener('message', ({ data }) => overheard.channels.push(data))
        }
        const channel = new target(name)
        const post = channel.postMessage.bind(channel)
        channel.postMessage = (message: unknown) => {
          overheard.channels.push(message)
          post(message)
        }
        return channel
      },
    })
  })
}

/** Gives everything that a page keeps or was told, as one text. */
export async function everythingIn(page: Page): Promise<string> {
  const parts = await page.evaluate(async () => {
    const databases: unknown[] = []
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name!)
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(new Error('closed')))
      })
      for (const store of database.objectStoreNames) {
        const request = database.transaction(store).objectStore(store).getAll()
        await new Promise((resolve) => request.addEventListener('success', resolve))
        databases.push(request.result)
      }
    }
    const caches = await window.caches.keys()
    return {
      storage: { ...localStorage },
      tab: { ...sessionStorage },
      cookie: document.cookie,
      url: location.href,
      state: history.state as unknown,
      name: window.name,
      databases,
      caches,
      overheard: window.overheard,
      diagnostics: window.auth.diagnostics(),
      auth: window.auth.getSession(),
      response: window.auth.getTokenResponse(),
      client: Object.entries(window.auth).map(([name, value]) => [name, String(value)]),
      html: document.documentElement.outerHTML,
    }
  })
  return JSON.stringify([parts, await page.context().cookies()])
}

/** Gives the page's whole heap, as the debugger sees it. */
export async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return chunks.join('')
}
