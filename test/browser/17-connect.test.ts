import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws'
import { accepted, signIn, token, until } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

/** A server that is told the token as subprotocols are: browsers set no header on a WebSocket. */
async function startSockets() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const tokens: string[] = []
  const open = new Set<ServerSocket>()
  server.on('connection', (socket) => {
    tokens.push(socket.protocol)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  onTestFinished(() => {
    for (const socket of open) socket.terminate()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}/`, tokens, open }
}

for (const engine of ['chromium', 'firefox'] as const) {
  const createWorld = worlds({ engine })

  test(`keeps a WebSocket open over renewals, opens a lost one with a new token, closes it at sign-out [${engine}]`, async () => {
    const { provider, tab } = await createWorld()
    const { url, tokens, open } = await startSockets()
    const page = await tab()
    await signIn(page)
    await page.evaluate((at) => {
      window.auth.connect({ open: ({ accessToken }) => new WebSocket(at, accessToken) })
    }, url)
    const opened = (count: number) =>
      until(
        () => tokens.length,
        (now) => now === count,
        `connection ${count}`,
      )
    await opened(1)
    expect(tokens[0]).toBe(await token(page))

    const renewed = await token(page, { forceRefresh: true })
    expect(renewed).not.toBe(tokens[0])
    expect(open.size).toBe(1)

    for (const socket of open) socket.terminate()
    await opened(2)
    expect(tokens[1]).toBe(renewed)
    expect(await accepted(provider.issuer, tokens[1]!)).toBe(true)

    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await until(
      () => open.size,
      (now) => now === 0,
      'the end of the connection',
    )
    expect(tokens).toHaveLength(2)
  })
}
