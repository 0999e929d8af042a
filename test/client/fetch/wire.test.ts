import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { failure } from '../../support/outcomes.ts'
import '../lazy.ts'
import { appDevice } from '../setup.ts'
import { eventually } from '../../support/eventually.ts'

type Handle = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

interface Arrived {
  method: string | undefined
  path: string | undefined
  authorization: string | undefined
  type: string | undefined
  body: Buffer
}

/** A real HTTP server: what it was sent, and what it answers. */
async function serve(handle: Handle) {
  const arrived: Arrived[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url: path, headers } = request
      const body = Buffer.concat(chunks)
      const { authorization, 'content-type': type } = headers
      arrived.push({ method, path, authorization, type, body })
      handle(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, arrived }
}

/** A signed-in app that calls it over the wire; the provider stays a virtual one. */
async function wired(handle: Handle) {
  const { origin, arrived } = await serve(handle)
  const options = { protectedResources: [`${origin}/v1`] }
  const on = await appDevice()
  const { client, tab } = await on.signIn(on.open(options), options)
  Object.assign(tab.env.requests!, {
    send: (request: Request, init: RequestInit) => fetch(request, init),
  })
  const own = `Bearer ${await client.getAccessToken()}`
  /** Refreshes happen on the virtual device, whose time must pass. */
  async function through<T>(call: Promise<T>): Promise<T> {
    let isOver = false
    const over = () => (isOver = true)
    call.then(over, over)
    await eventually(async () => {
      await on.world.settle()
      expect(isOver).toBe(true)
    })
    return call
  }
  return { on, client, origin, api: `${origin}/v1`, arrived, own, through }
}

const REFUSAL = { 'www-authenticate': 'Bearer error="invalid_token"' }

/** Refuses the first token that it sees. */
function refusingOnce(): Handle {
  let first: string | undefined
  return ({ headers }, response) => {
    first ??= headers.authorization
    response.writeHead(headers.authorization === first ? 401 : 200, REFUSAL).end()
  }
}

test.each([301, 302, 307, 308])(
  'A-25 a redirect (%i) to another origin takes no token along',
  async (code) => {
    const elsewhere = await serve((_request, response) => response.end('there'))
    const { client, api, arrived, own } = await wired((_request, response) =>
      response.writeHead(code, { location: `${elsewhere.origin}/v1/a` }).end(),
    )
    const response = await client.fetch(`${api}/a`)
    expect(await response.text()).toBe('there')
    expect(arrived.map(({ authorization }) => authorization)).toEqual([own])
    expect(elsewhere.arrived).toMatchObject([{ path: '/v1/a', authorization: undefined }])
  },
)

test('T-30 who answers 401 after a redirect elsewhere never saw the token: nothing is renewed', async () => {
  const elsewhere = await serve((_request, response) => response.writeHead(401, REFUSAL).end())
  const { client, api, on } = await wired((_request, response) =>
    response.writeHead(307, { location: `${elsewhere.origin}/v1/a` }).end(),
  )
  const before = on.tokenRequests()
  expect((await client.fetch(`${api}/a`)).status).toBe(401)
  expect(on.tokenRequests()).toBe(before)
  expect(elsewhere.arrived).toHaveLength(1)
})

test('a redirect that is not to be followed is treated as fetch treats it', async () => {
  const { client, api, arrived } = await wired((_request, response) =>
    response.writeHead(302, { location: '/v1/b' }).end(),
  )
  expect((await client.fetch(`${api}/a`, { redirect: 'manual' })).status).toBe(302)
  await expect(client.fetch(`${api}/a`, { redirect: 'error' })).rejects.toThrow(TypeError)
  expect(arrived).toHaveLength(2)
})

const form = () => {
  const data = new FormData()
  data.set('name', 'Ada')
  data.set('file', new File(['content'], 'a.txt', { type: 'text/plain' }))
  return data
}

test.each<[name: string, body: () => NonNullable<RequestInit['body']>, holds: string[]]>([
  ['FormData', form, ['name="name"', 'Ada', 'filename="a.txt"', 'content']],
  ['a Blob', () => new Blob(['blob'], { type: 'text/x-one' }), ['blob']],
  ['URLSearchParams', () => new URLSearchParams({ a: 'b c' }), ['a=b+c']],
  ['a part of a buffer', () => new Uint8Array(Buffer.from('0123456789')).subarray(2, 5), ['234']],
  ['an ArrayBuffer', () => new TextEncoder().encode('buffer').buffer, ['buffer']],
])('T-30 %s arrives whole both times, with its type', async (_, body, holds) => {
  const { client, api, arrived, through } = await wired(refusingOnce())
  const call = client.fetch(`${api}/a`, { method: 'POST', body: body(), keepalive: true })
  expect((await through(call)).status).toBe(200)
  expect(arrived).toHaveLength(2)
  const [first, second] = arrived as [Arrived, Arrived]
  for (const { body: sent, type } of [first, second]) {
    for (const part of holds) expect(sent.toString()).toContain(part)
    const boundary = /boundary=(.+)$/.exec(type ?? '')?.[1]
    if (boundary) expect(sent.toString().startsWith(`--${boundary}`)).toBe(true)
  }
  expect(first.type?.split(';')[0]).toBe(second.type?.split(';')[0])
  expect(first.authorization).not.toBe(second.authorization)
})

test.each(['HEAD', 'GET', 'OPTIONS'])('T-30 %s is sent once more', async (method) => {
  const { client, api, arrived, through } = await wired(refusingOnce())
  expect((await through(client.fetch(`${api}/a`, { method }))).status).toBe(200)
  expect(arrived.map((one) => one.method)).toEqual([method, method])
})

test('T-30 a body of a refusal that never ends is not read on', async () => {
  let isClosed = false
  let first: string | undefined
  const { client, api, through } = await wired(({ headers }, response) => {
    first ??= headers.authorization
    if (headers.authorization !== first) return void response.end('ok')
    response.writeHead(401, REFUSAL)
    const timer = setInterval(() => response.write('x'.repeat(1000)), 5)
    response.on('close', () => {
      clearInterval(timer)
      isClosed = true
    })
  })
  expect(await (await through(client.fetch(`${api}/a`))).text()).toBe('ok')
  await eventually(() => expect(isClosed).toBe(true))
})

test('T-13 a signal made of others ends a body that is being read', async () => {
  const { client, api } = await wired((_request, response) => {
    response.writeHead(200).write('begun')
  })
  const abort = new AbortController()
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(60_000)])
  const response = await client.fetch(`${api}/a`, { signal })
  const text = response.text().catch((error: unknown) => error)
  abort.abort()
  expect(await text).toMatchObject({ name: 'AbortError' })
})

test('U20 a sign-out ends a body that is being read, with the reason', async () => {
  const { client, api, on } = await wired((_request, response) => {
    response.writeHead(200).write('of user-1')
  })
  const response = await client.fetch(`${api}/a`)
  const text = failure(response.text())
  const out = client.signOut({ provider: false })
  await on.world.settle()
  await out
  expect((await text).code).toBe('signed_out')
})

test.each<[name: string, path: (origin: string) => string, isListed: boolean]>([
  ['with a scheme and host in capitals', (o) => o.toUpperCase() + '/v1/a', true],
  ['with a slash at the end', (o) => `${o}/v1/`, true],
  ['of the prefix alone', (o) => `${o}/v1?a=/../b#/../c`, true],
  ['with white space that URLs drop', (o) => `\t${o}/v\n1/a `, true],
  ['with backslashes that are slashes', (o) => o.replace('//', '\\\\') + '\\v1\\a', true],
  ['with backslashes that leave', (o) => `${o}/v1\\..\\v2`, false],
  ['with encoded dots', (o) => `${o}/v1/%2e%2e/v2`, false],
  ['with an encoded backslash', (o) => `${o}/v1/..%5cv2`, false],
  ['with an encoded slash behind the prefix', (o) => `${o}/v1%2f..%2fv2`, false],
  ['with a path in capitals', (o) => `${o}/V1/a`, false],
  ['with the host as a name of a user', (o) => `http://${new URL(o).host}@localhost:9/v1/a`, false],
  ['with a backslash before another host', (o) => `${o}\\@localhost:9/v1/a`, false],
  ['with a dot behind the host', (o) => `http://localhost.:${new URL(o).port}/v1/a`, false],
  ['of another name of the same machine', (o) => `http://localhost:${new URL(o).port}/v1/a`, false],
  ['of data', () => 'data:text/plain,a', false],
  ['of a blob of the origin', (o) => `blob:${o}/v1/a`, false],
])('A-25 a URL %s', async (_, url, isListed) => {
  const { client, origin, arrived, own } = await wired((_request, response) => response.end('ok'))
  const call = client.fetch(url(origin))
  if (isListed) {
    expect((await call).status).toBe(200)
    expect(arrived).toMatchObject([{ authorization: own }])
  } else {
    await expect(call).rejects.toThrow(TypeError)
    expect(arrived).toEqual([])
  }
})

test('a Request that brings a token of its own is refused', async () => {
  const { client, api, arrived } = await wired((_request, response) => response.end())
  const headers = new Headers({ Authorization: 'Basic eDp5' })
  await expect(client.fetch(new Request(`${api}/a`, { headers }))).rejects.toThrow(
    '`authorization`',
  )
  expect(arrived).toEqual([])
})
