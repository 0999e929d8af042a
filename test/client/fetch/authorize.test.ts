import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { failure } from '../../support/outcomes.ts'
import { API, callingApp } from './setup.ts'

describe('auth.authorize', () => {
  test('gives the header that fetch would send', async () => {
    const { client, own } = await callingApp()
    expect(await client.authorize({ url: `${API}/a`, method: 'POST' })).toEqual({
      url: `${API}/a`,
      headers: { authorization: own },
    })
  })

  test('A-25 gives nothing for what is no protected resource', async () => {
    const { client } = await callingApp()
    await expect(client.authorize({ url: 'https://evil.example/' })).rejects.toThrow(
      '`protectedResources`',
    )
  })

  test('U16 makes one newer token for all whose token was refused', async () => {
    const { client, on, world, own } = await callingApp()
    const rejected = await client.authorize({ url: API })
    const before = on.tokenRequests()
    const again = Promise.all([
      client.authorize({ url: API, rejected }),
      client.authorize({ url: API, rejected }),
    ])
    await world.until(() => on.tokenRequests() > before)
    const [one, other] = await again
    expect(one).toEqual(other)
    expect(one.headers['authorization']).not.toBe(own)
    // Who asks later is given what is there.
    expect(await client.authorize({ url: API, rejected })).toEqual(one)
    expect(on.tokenRequests()).toBe(before + 1)
  })

  test('T-13 waits no longer than its signal', async () => {
    const { client } = await callingApp()
    const signal = AbortSignal.abort()
    expect((await failure(client.authorize({ url: API, signal }))).code).toBe('aborted')
  })
})

describe('over a real network', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function listen(answer: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('A-26 no redirect takes the token to another origin, and one of the same origin keeps it', async () => {
    const arrived: (string | undefined)[] = []
    const other = await listen(({ headers }, response) => {
      arrived.push(headers.authorization)
      response.end('other')
    })
    const api = await listen(({ url, headers }, response) => {
      const location = { '/away': `${other}/`, '/orders': '/orders/' }[url ?? '']
      if (location !== undefined) response.writeHead(307, { location }).end()
      else {
        arrived.push(headers.authorization)
        response.end('own')
      }
    })
    const { client, tab, own } = await callingApp({ protectedResources: [api] })
    Object.assign(tab.env.requests!, { send: fetch })
    expect(await (await client.fetch(`${api}/away`)).text()).toBe('other')
    expect(await (await client.fetch(`${api}/orders`)).text()).toBe('own')
    expect(arrived).toEqual([undefined, own])
    await expect(client.fetch(`${api}/away`, { redirect: 'error' })).rejects.toThrow(TypeError)
  })

  test('U19 a sign-out ends an upload that is under way', async () => {
    const seen: string[] = []
    const api = await listen((request, response) => {
      request.on('end', () => seen.push('arrived')).resume()
      response.on('close', () => seen.push('ended'))
    })
    const { client, tab, world } = await callingApp({ protectedResources: [api] })
    Object.assign(tab.env.requests!, { send: fetch })
    const call = failure(client.fetch(`${api}/upload`, { method: 'POST', body: 'x'.repeat(1000) }))
    await expect.poll(() => seen).toEqual(['arrived'])
    const out = client.signOut({ provider: false })
    await world.settle()
    await out
    expect((await call).code).toBe('signed_out')
    await expect.poll(() => seen).toEqual(['arrived', 'ended'])
  })
})
