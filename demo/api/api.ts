import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allow, write } from './answer.ts'
import { Conduct } from './behaviour.ts'
import { createControl } from './control.ts'
import { createLive } from './live.ts'
import { createRoutes } from './routes.ts'
import { createVerify } from './verify-token.ts'
import { ApiWatch } from './watch.ts'

export interface Api {
  /** Where it is, without a slash at the end. */
  readonly url: string
  close(): void
}

/** A protected API on this machine: the notes of whoever the access token was issued for. */
export async function startApi({ issuer }: { issuer: string }): Promise<Api> {
  const verify = await createVerify(issuer)
  const conduct = new Conduct()
  const watch = new ApiWatch(conduct)
  const server = createServer()
  const live = createLive(server, verify, conduct, watch)
  const answer = createRoutes(verify, conduct, live)
  const control = createControl(conduct, watch, live)

  server.on('request', (request, response) => {
    const { method = 'GET', url } = request
    const { pathname: path } = new URL(url ?? '/', 'http://localhost')
    if (!allow(request, response)) return
    const respond = async () => {
      if (path.startsWith('/control/')) return control(request, response, path)
      const started = performance.now()
      const [given, jti] = await answer(request, path)
      const ms = Math.round(performance.now() - started)
      const challenge = given.headers?.['www-authenticate']
      watch.answered({ at: Date.now(), method, path, status: given.status, ms, jti, challenge })
      write(response, given)
    }
    respond().catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      live.cut()
      server.close()
      server.closeAllConnections()
    },
  }
}
