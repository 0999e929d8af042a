import type { WorkerPort } from '../../vault/worker/client.ts'
import type { VaultHost } from '../../vault/worker/host.ts'
import type { Wire } from './wire.ts'

/** The two directions between a page and its worker. */
export interface Wires {
  toWorker: Wire
  toPage: Wire
}

/** The page's end of a port to a worker; what is sent is copied, as the structured clone does. */
export function connectPort(host: VaultHost, wires: Wires, isAlive: () => boolean): WorkerPort {
  let open = true
  const port = silentPort()
  const receive = host.connect({
    postMessage(message) {
      if (!isAlive()) return
      const data: unknown = structuredClone(message)
      wires.toPage.send(() => {
        if (open) port.onmessage?.call(port as MessagePort, { data } as MessageEvent)
      })
    },
  })
  return Object.assign(port, {
    postMessage(message: unknown) {
      const data: unknown = structuredClone(message)
      wires.toWorker.send(() => {
        if (isAlive()) receive(data)
      })
    },
    close: () => void (open = false),
  })
}

/** A port to a worker that never says anything. */
export const silentPort = (): WorkerPort => ({ postMessage() {}, onmessage: null, close() {} })
