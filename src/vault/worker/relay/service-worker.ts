import { attempt } from '../../attempt.ts'
import { threadEnvironment } from '../../environment.ts'
import type { RelayAnswer, RelayRequest } from './protocol.ts'
import { Relay } from './relay.ts'
import type { RelayHome, RelayThread } from './relay-client.ts'

// The worker's file is the relay's as well: a SharedWorker registers its own URL as a ServiceWorker whose scope is that
// URL and nothing else. It has no `fetch` handler, so no request of any page goes through it.

/** What a ServiceWorker knows of who speaks to it. */
interface SpeakerEvent extends MessageEvent {
  readonly source: (MessageEventSource & { type?: string; url?: string; id?: string }) | null
  waitUntil(promise: Promise<unknown>): void
}

interface TrustedTypes {
  createPolicy(name: string, rules: object): { createScriptURL(url: ''): string }
}

interface RelayScope {
  readonly location: Location
  skipWaiting(): Promise<void>
  readonly clients: { claim(): Promise<void> }
  oninstall: () => void
  onactivate: (event: SpeakerEvent) => void
  onmessage: (event: SpeakerEvent) => void
}

const scope = globalThis as unknown as RelayScope & { name: string }
const { serviceWorker } = globalThis.navigator as Partial<Navigator>
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }

/** Firefox ends a ServiceWorker 30 s after its last event, or 60 s where that had something to wait for. */
const STAY_MS = 55_000
/** Other relays beside this one are of older versions of the application. */
const FOLDER = new URL('.', scope.location.href).href

export const isServiceWorker = 'ServiceWorkerGlobalScope' in globalThis

/** Runs this thread as the relay. It trusts SharedWorkers that run this very file, and nobody else of the origin. */
export function serveRelay(): void {
  const relay = new Relay(threadEnvironment)
  const stay = () => new Promise((resolve) => threadEnvironment.timer(() => resolve(0), STAY_MS))
  scope.oninstall = () => void scope.skipWaiting()
  // The worker that registered it, and nothing else: no other ServiceWorker is in front of that from now on.
  scope.onactivate = (event) => event.waitUntil(scope.clients.claim())
  scope.onmessage = (event) => {
    const { source, data, ports } = event
    if (source?.type !== 'sharedworker' || source.url !== scope.location.href) return
    const answered = relay.receive(data as RelayRequest, source.id ?? '').then((answer) => {
      ports[0]?.postMessage(answer)
      // One that keeps nothing for this worker makes room for a newer file.
      return answer.value === 'kept' ? stay() : undefined
    })
    event.waitUntil(answered)
  }
}

/** Undefined where workers have no ServiceWorkers (Chromium, http) or the file is named with a fragment. */
export function relayHome(): RelayHome | undefined {
  const { href, hash } = scope.location
  if (!serviceWorker || hash) return undefined
  // The policy of the worker's own response may ask for Trusted Types, and refuses a second policy of one name.
  const trust = () =>
    trustedTypes?.createPolicy('evertoken', { createScriptURL: () => href }).createScriptURL('')
  const url = attempt(trust) ?? href
  let hasRemovedOlder = false
  return {
    workerName: scope.name,
    async find() {
      const registration = await serviceWorker.getRegistration(href)
      // An application's own ServiceWorker has a wider scope.
      if (registration?.scope !== href) return undefined
      const { active } = registration
      if (!active) return undefined
      return active.scriptURL === href ? toThread(active) : 'foreign'
    },
    async register() {
      const { installing, waiting, active } = await registerThisFile(serviceWorker, href, url)
      // Another script may be about to take this place already.
      const worker = [installing, waiting, active].find((one) => one?.scriptURL === href)
      if (!worker) throw new Error('no worker')
      await activated(worker)
      // Once: two versions that both have pages would do that to each other for ever.
      if (!hasRemovedOlder) removeOlder(serviceWorker, href).catch(() => {})
      hasRemovedOlder = true
      return toThread(worker)
    },
    async update() {
      const registration = await serviceWorker.getRegistration(href)
      await registration?.update()
    },
  }
}

async function registerThisFile(
  container: ServiceWorkerContainer,
  href: string,
  url: string,
): Promise<ServiceWorkerRegistration> {
  try {
    return await container.register(url, { scope: href, type: 'module' })
  } catch {
    // The package's own file is a classic script as well, for browsers whose ServiceWorkers are no modules.
    return container.register(url, { scope: href })
  }
}

/** Each build of an application that names its files by their hashes leaves one registration behind. */
async function removeOlder(container: ServiceWorkerContainer, href: string): Promise<void> {
  for (const registration of await container.getRegistrations()) {
    const { scope, active } = registration
    const isRelay = active?.scriptURL === scope
    if (isRelay && scope !== href && new URL('.', scope).href === FOLDER) {
      await registration.unregister()
    }
  }
}

/** @throws where it is given up */
function activated(worker: ServiceWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('redundant'))
    }
    worker.addEventListener('statechange', look)
    look()
  })
}

function toThread(worker: ServiceWorker): RelayThread {
  return {
    isGone: () => worker.state === 'redundant',
    post(request, onAnswer) {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = ({ data }) => {
        port1.close()
        onAnswer(data as RelayAnswer)
      }
      worker.postMessage(request, [port2])
    },
  }
}
