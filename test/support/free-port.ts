import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Below what systems give out by themselves, from 32,768 on: no connection of another program takes it meanwhile. */
const [LOWEST, HIGHEST] = [20_000, 32_000]

/** A port for a program that wants to be told one. */
export async function freePort(): Promise<number> {
  for (let tries = 0; ; tries++) {
    const server = createServer()
    try {
      // In the end whatever the system has.
      server.listen(tries < 20 ? randomInt(LOWEST, HIGHEST) : 0, '127.0.0.1')
      await once(server, 'listening')
    } catch (error) {
      if (tries < 40) continue
      throw error
    }
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return port
  }
}
