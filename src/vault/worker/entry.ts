import { threadEnvironment } from '../environment.ts'
import { VaultHost } from './host.ts'
import { isServiceWorker, relayHome, serveRelay } from './relay/service-worker.ts'

if (isServiceWorker) serveRelay()
else serveVaults()

function serveVaults(): void {
  const host = new VaultHost(threadEnvironment, relayHome())
  const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void }
  scope.onconnect = ({ ports: [port] }) => {
    if (!port) return
    // No event tells that a page is gone: it says `leave` itself, and what is posted to a dead port is lost quietly.
    const receive = host.connect(port)
    port.onmessage = ({ data }) => receive(data)
  }
}
