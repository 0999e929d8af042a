// What no browser sends, and what servers and proxies have fallen for.
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBff, type Bff } from '../../../src/bff/create-bff.ts'
import type { BffEvent } from '../../../src/bff/events.ts'
import { toNodeHandler } from '../../../src/bff/node/to-node-handler.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { KEY_ONE } from '../setup.ts'
import { closeServer, listen } from './server.ts'

const events: BffEvent[] = []
/** What the upstream was asked, and what it answers, byte by byte. */
const asked: string[] = []
let answer: string
const upstream = createServer((incoming, outgoing) => {
  asked.push(`${incoming.method} ${incoming.url}`)
  outgoing.socket?.end(answer)
})
let server: Server
let bff: Bff

beforeAll(async () => {
  bff = createBff({
    ...{ issuer: 'https://op.example', clientId: 'app', clientAuthentication: { method: 'none' } },
    ...{ baseUrl: 'http://localhost:3000', keys: [KEY_ONE], store: createMemoryStore() },
    proxy: [{ name: 'open', upstream: await listen(upstream), token: 'none' }],
    onEvent: (event) => events.push(event),
  })
  server = createServer(toNodeHandler(bff))
  await listen(server)
})
afterAll(async () => {
  await closeServer(server)
  await closeServer(upstream)
})

/** @returns all that came back over one connection */
async function send(text: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let came = ''
  socket.on('data', (data) => (came += data.toString('latin1')))
  socket.on('error', () => {})
  socket.write(text, 'latin1')
  await once(socket, 'close')
  return came
}

const OWN = 'host: localhost\r\nx-csrf: 1\r\nconnection: close\r\n'
const NOTHING = /content-length: 0|transfer-encoding: chunked\r\n\r\n0\r\n\r\n$/i

describe('a request over Node’s http', () => {
  test.each([
    ['a method that the web forbids', 'TRACE /bff/session', 400],
    ['a target with credentials', 'GET http://u:p@evil.example/bff/session', 400],
    ['a target without a host', 'GET http://', 400],
    ['an asterisk', 'OPTIONS *', 404],
    ['a target that begins with slashes', 'GET ///bff/session', 404],
    ['a method that is not allowed', 'PROPFIND /bff/session', 405],
    [
      'the target of another host, which is not looked at',
      'GET http://evil.example/bff/session',
      200,
    ],
  ])('B-30 with %s is answered, and is no mistake of ours', async (_, line, status) => {
    const came = await send(`${line} HTTP/1.1\r\n${OWN}\r\n`)
    expect(came).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(came).not.toContain('evil')
    if (status === 400) expect(came).toMatch(NOTHING)
  })

  test.each([
    ['content-length: 3\r\ntransfer-encoding: chunked', '0\r\n\r\n'],
    ['content-length: 3\r\ncontent-length: 4', 'abcd'],
    ['transfer-encoding: chunked, identity', '0\r\n\r\n'],
    ['transfer-encoding: xchunked', '0\r\n\r\n'],
    ['content-length: +3', 'abc'],
  ])(
    'B-16 whose length can be read in two ways does not reach an upstream: %j',
    async (lines, body) => {
      const before = asked.length
      answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
      const hidden = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n'
      const came = await send(
        `POST /bff/api/open/x HTTP/1.1\r\n${OWN}${lines}\r\n\r\n${body}${hidden}`,
      )
      expect(came).toMatch(/^HTTP\/1\.1 400 /)
      expect(asked.length).toBe(before)
    },
  )

  test('B-16 a body of a GET is not passed on, and is no request of its own', async () => {
    const before = asked.length
    answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
    const hidden = 'GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n'
    await send(
      `GET /bff/api/open/x HTTP/1.1\r\n${OWN}content-length: ${hidden.length}\r\n\r\n${hidden}`,
    )
    expect(asked.slice(before)).toEqual(['GET /x'])
  })
})

describe('an answer of an upstream', () => {
  test.each([204, 205])('B-17 with the status %i has no length', async (status) => {
    answer = `HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\n`
    const came = await send(`GET /bff/api/open/x HTTP/1.1\r\n${OWN}\r\n`)
    expect(came).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(came).not.toMatch(/content-length: 5/i)
  })

  test('B-17 with the lines of a second answer in a header is none', async () => {
    answer = 'HTTP/1.1 200 OK\r\nx-request-id: a\rset-cookie: planted=1\r\n\r\n'
    const came = await send(`GET /bff/api/open/x HTTP/1.1\r\n${OWN}\r\n`)
    expect(came).toMatch(/^HTTP\/1\.1 502 /)
    expect(came).not.toContain('planted')
  })
})

test('a request over HTTP/2 is one like any other', async () => {
  const modern = createHttp2Server(toNodeHandler(bff) as never)
  modern.listen(0, '127.0.0.1')
  await once(modern, 'listening')
  const client = connectHttp2(`http://127.0.0.1:${(modern.address() as AddressInfo).port}`)
  try {
    const stream = client.request({ ':path': '/bff/session', 'x-csrf': '1', cookie: 'a=1' })
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    expect(headers[':status']).toBe(200)
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    expect(JSON.parse(text)).toEqual({ authenticated: false })
  } finally {
    client.close()
    modern.close()
  }
})

test('none of all these was a mistake of ours', () => {
  expect(events.filter(({ type }) => type === 'unexpected-error')).toEqual([])
})
