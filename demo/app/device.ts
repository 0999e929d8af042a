/**
 * Plays what happens to this tab's device, as far as a page can. It is loaded before evertoken, which then meets the
 * globals of a tab that the browser froze or that lost its network. Nothing here knows evertoken.
 */
import { remember } from './overheard.ts'

/** The real functions, for what moves on this page while the tab sleeps. */
export const real = {
  setTimeout: window.setTimeout.bind(window),
  setInterval: window.setInterval.bind(window),
  clearTimeout: window.clearTimeout.bind(window),
  fetch: window.fetch.bind(window),
}

export interface Device {
  /** When the tab wakes, ms since 1970. */
  asleepUntil?: number
  offline: boolean
}

let device: Device = { offline: false }
let dispatching = false
const listeners = new Set<() => void>()
const held = new Map<object, () => void>()
const asleep = () => device.asleepUntil !== undefined

/** Runs a task later and in order while the tab is frozen, as a browser does. */
function whenAwake(run: () => void, key: object = {}): void {
  if (asleep()) held.set(key, run)
  else run()
}

function change(next: Device, target: EventTarget, ...events: string[]): void {
  device = next
  dispatching = true
  for (const type of events) target.dispatchEvent(new Event(type))
  dispatching = false
  for (const listener of listeners) listener()
}

export const getDevice = () => device

export function onDevice(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Stops timers, messages and answers, and hides the page, as in a tab that Chromium froze. */
export function sleep(ms: number): void {
  if (asleep()) return
  const next = { ...device, asleepUntil: Date.now() + ms }
  change(next, document, 'visibilitychange', 'freeze')
  real.setTimeout(wake, ms)
}

/** Wakes the tab: the clock went on meanwhile, and all that was due happens now, after the browser's own events. */
function wake(): void {
  const { asleepUntil: _, ...next } = device
  change(next, document, 'resume', 'visibilitychange')
  const tasks = [...held.values()]
  held.clear()
  for (const task of tasks) real.setTimeout(task)
}

export function setOffline(offline: boolean): void {
  if (device.offline === offline) return
  change({ ...device, offline }, window, offline ? 'offline' : 'online')
}

// Timers.
const timers = new Map<number, object>()
window.setTimeout = ((
  callback: (...given: unknown[]) => void,
  ms?: number,
  ...given: unknown[]
) => {
  const key = {}
  const id = real.setTimeout(() => {
    const run = () => {
      timers.delete(id)
      callback(...given)
    }
    whenAwake(run, key)
  }, ms)
  timers.set(id, key)
  return id
}) as unknown as typeof window.setTimeout
window.clearTimeout = (id) => {
  const key = timers.get(id as number)
  if (key) held.delete(key)
  timers.delete(id as number)
  real.clearTimeout(id)
}
AbortSignal.timeout = (ms) => {
  const controller = new AbortController()
  const over = () => controller.abort(new DOMException('The time is over.', 'TimeoutError'))
  setTimeout(over, ms)
  return controller.signal
}

// What the page sees of itself.
function see(of: object, from: object, name: string, value: (is: unknown) => unknown): void {
  const get = Object.getOwnPropertyDescriptor(from, name)?.get
  Object.defineProperty(of, name, { configurable: true, get: () => value(get?.call(of)) })
}
see(document, Document.prototype, 'hidden', (is) => asleep() || is)
see(document, Document.prototype, 'visibilityState', (is) => (asleep() ? 'hidden' : is))
see(navigator, Navigator.prototype, 'onLine', (is) => !device.offline && is)
for (const type of ['visibilitychange', 'online', 'offline', 'pageshow', 'resume', 'freeze']) {
  // No event reaches a tab that sleeps.
  const deaf = (event: Event) => {
    if (asleep() && !dispatching) event.stopImmediatePropagation()
  }
  window.addEventListener(type, deaf, true)
}

// Messages and answers.
type Heard = (event: MessageEvent) => void
function muffle(port: MessagePort | BroadcastChannel): void {
  const listen = port.addEventListener.bind(port) as (type: string, heard: Heard) => void
  const post = port.postMessage.bind(port) as (message: unknown) => void
  const add = (type: string, heard: Heard) =>
    listen(type, (event) => {
      remember(event.data)
      whenAwake(() => heard(event))
    })
  Object.defineProperties(port, {
    addEventListener: { value: add },
    onmessage: {
      set(heard: Heard) {
        add('message', heard)
        if ('start' in port) port.start()
      },
    },
    postMessage: {
      value(message: unknown) {
        remember(message)
        post(message)
      },
    },
  })
}
window.SharedWorker = new Proxy(window.SharedWorker, {
  construct(target, given: ConstructorParameters<typeof SharedWorker>) {
    const worker = new target(...given)
    muffle(worker.port)
    return worker
  },
})
window.BroadcastChannel = new Proxy(window.BroadcastChannel, {
  construct(target, [name]: [string]) {
    const channel = new target(name)
    if (!name.startsWith('demo.')) muffle(channel)
    return channel
  },
})
window.fetch = async (input, init) => {
  remember(init?.body instanceof URLSearchParams ? init.body.toString() : init?.body)
  const awake = () => new Promise<void>((resolve) => whenAwake(resolve))
  try {
    const response = await real.fetch(input, init)
    void response
      .clone()
      .text()
      .then(remember, () => {})
    return response
  } finally {
    await awake()
  }
}
