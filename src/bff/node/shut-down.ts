import { assertNames } from '../check-names.ts'
import type { Bff } from '../create-bff.ts'
import { runtimeEnvironment } from '../environment.ts'
import type { NodeServer } from './node-types.ts'

const DEFAULT_GRACE_MS = 15_000
/** A connection is idle from when its last answer is sent, and Node tells nobody. */
const LOOK_INTERVAL_MS = 50

/**
 * Ends a server of Node's with the backend in it: what is under way is answered, what still comes over open
 * connections too, and then nothing keeps the process alive.
 * @param options `graceMs`: after which connections that still answer, as event streams do, are cut off. Default 15,000
 */
export async function shutDown(
  server: NodeServer,
  bff: Pick<Bff, 'close'>,
  options: { graceMs?: number } = {},
): Promise<void> {
  assertNames('shutDown: ', options, { graceMs: true })
  const { graceMs = DEFAULT_GRACE_MS } = options
  if (typeof graceMs !== 'number' || !(graceMs >= 0)) {
    throw new TypeError('shutDown: graceMs must be milliseconds, 0 or more')
  }
  const { timer } = runtimeEnvironment
  // RFC 9112 §9.6: the next request goes over another connection, to another instance.
  server.prependListener('request', (_, outgoing) => outgoing.setHeader('connection', 'close'))
  let isClosed = false
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      isClosed = true
      resolve()
    })
  })
  const look = () => {
    if (isClosed) return
    server.closeIdleConnections()
    timer(look, LOOK_INTERVAL_MS)
  }
  look()
  const cancel = timer(() => server.closeAllConnections(), graceMs)
  // Upgraded connections are none of the server's any more: closing the backend closes them.
  await Promise.all([closed, bff.close()])
  cancel()
  // What came over open connections meanwhile may have begun a refresh, which goes on without whoever asked.
  await bff.close()
}
