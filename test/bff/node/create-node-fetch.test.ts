import * as http from 'node:http'
import * as https from 'node:https'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createNodeFetch } from '../../../src/bff/node/create-node-fetch.ts'
import { closeServer, listen } from './server.ts'

interface Arrived {
  method: string | undefined
  headers: http.IncomingHttpHeaders
  body: string
}

const arrived: Arrived[] = []
let answer: (outgoing: http.ServerResponse, socket: Socket) => void
const upstream = http.createServer((incoming, outgoing) => {
  let body = ''
  incoming.on('data', (chunk: Uint8Array) => (body += new TextDecoder().decode(chunk)))
  incoming.on('error', () => {})
  incoming.on('end', () => {
    const { method, headers } = incoming
    arrived.push({ method, headers, body })
    answer(outgoing, incoming.socket)
  })
})
const nodeFetch = createNodeFetch({ http, https })
let url: string

beforeAll(async () => void (url = await listen(upstream)))
afterAll(() => closeServer(upstream))
beforeEach(() => {
  arrived.length = 0
  answer = (outgoing) => outgoing.end('done')
})

const bytes = (text: string) => new TextEncoder().encode(text).buffer

describe('createNodeFetch', () => {
  test('sends what it is given, and gives back what came', async () => {
    answer = (outgoing) =>
      void outgoing
        .writeHead(
          201,
          [
            ['x-two', 'a'],
            ['x-two', 'b'],
          ].flat(),
        )
        .end('made')
    const headers = new Headers({ authorization: 'Bearer at', 'content-type': 'text/plain' })
    const response = await nodeFetch(url, { method: 'POST', headers, body: bytes('héllo') })
    expect([response.status, response.headers.get('x-two')]).toEqual([201, 'a, b'])
    expect(await response.text()).toBe('made')
    const [{ method, headers: sent, body }] = arrived as [Arrived]
    expect([method, body, sent.authorization]).toEqual(['POST', 'héllo', 'Bearer at'])
    expect([sent['content-length'], sent['transfer-encoding']]).toEqual(['6', undefined])
  })

  test.each(['GET', 'DELETE', 'HEAD'])('sends no body with a bare %s', async (method) => {
    await (await nodeFetch(url, { method, body: null })).text()
    const { headers } = arrived[0]!
    expect([headers['content-length'], headers['transfer-encoding']]).toEqual([
      undefined,
      undefined,
    ])
  })

  test('sends once more what met a connection that was closed meanwhile, over a new one', async () => {
    // Every connection ends with the second request over it, as idle ones do in the moment of use.
    const used = new WeakSet<Socket>()
    answer = (outgoing, socket) => {
      if (used.has(socket)) socket.destroy()
      else outgoing.end('done')
      used.add(socket)
    }
    for (let time = 0; time < 6; time++) {
      const response = await nodeFetch(url, { method: time % 2 ? 'GET' : 'PUT', body: null })
      expect(await response.text()).toBe('done')
    }
  })

  test('sends a POST once, whatever became of it', async () => {
    await (await nodeFetch(url, {})).text()
    answer = (_, socket) => void socket.destroy()
    arrived.length = 0
    await expect(nodeFetch(url, { method: 'POST', body: bytes('pay') })).rejects.toThrow()
    expect(arrived).toHaveLength(1)
  })

  test('fails where nobody is there, where an answer is in a coding, and where it is none', async () => {
    const nobody = http.createServer()
    const away = await listen(nobody)
    await closeServer(nobody)
    await expect(nodeFetch(away, {})).rejects.toThrow(/ECONNREFUSED/)
    answer = (outgoing) => void outgoing.writeHead(200, { 'content-encoding': 'zstd' }).end('x')
    await expect(nodeFetch(url, {})).rejects.toThrow(/coding/)
    answer = (outgoing) => void outgoing.writeHead(999).end('x')
    await expect(nodeFetch(url, {})).rejects.toThrow(RangeError)
    answer = (_, socket) => void socket.end('HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n')
    await expect(nodeFetch(url, {})).rejects.toThrow()
  })

  test('is ended by its signal: before it is sent, while it waits, while it answers', async () => {
    await expect(nodeFetch(url, { signal: AbortSignal.abort() })).rejects.toThrow()
    expect(arrived).toHaveLength(0)
    const waiting = new AbortController()
    answer = () => waiting.abort()
    await expect(nodeFetch(url, { signal: waiting.signal })).rejects.toThrow('aborted')
    const answering = new AbortController()
    let left = false
    answer = (outgoing) => {
      outgoing.on('close', () => (left = true))
      outgoing.write('begun')
    }
    const response = await nodeFetch(url, { signal: answering.signal })
    answering.abort()
    await expect(response.text()).rejects.toThrow()
    await expect.poll(() => left).toBe(true)
  })
})
