import { expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { ORIGIN, problemOf, setUp } from '../setup.ts'

const TIMEOUT_MS = 12_345

/** An upload in parts, and the timers of its call, which ring when they are told to. */
async function uploading() {
  const setup = await setUp()
  const ringing = new Set<() => void>()
  let begun = 0
  const env = {
    ...setup.env,
    timer(callback: () => void, ms: number) {
      if (ms !== TIMEOUT_MS) return setup.env.timer(callback, ms)
      begun += 1
      ringing.add(callback)
      return () => void ringing.delete(callback)
    },
  }
  const received: string[] = []
  let answer = (_response: Response) => {}
  const upstreamFetch = async (_: string, { body, signal }: RequestInit) => {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
    })
    const read = async () => {
      for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
        received.push(new TextDecoder().decode(part))
      }
    }
    read().catch(() => {})
    return Promise.race([aborted, new Promise<Response>((resolve) => (answer = resolve))])
  }
  const proxy = [{ name: 'files', upstream: 'https://api.example', timeoutMs: TIMEOUT_MS }]
  const bff = createBff({ ...setup.options, proxy, upstreamFetch }, env)
  const user = setup.browser()
  user.bff = bff
  await user.signIn()
  const body = new TransformStream<Uint8Array, Uint8Array>()
  const writer = body.writable.getWriter()
  const headers = { cookie: user.cookie, 'x-csrf': '1' }
  const init = { method: 'POST', headers, body: body.readable, duplex: 'half' }
  const response = bff.handle(new Request(`${ORIGIN}/bff/api/files/a`, init)) as Promise<Response>
  const write = (text: string) => writer.write(new TextEncoder().encode(text))
  return {
    ...{ ringing, received, response, write, writer },
    timersBegun: () => begun,
    answer: (one: Response) => answer(one),
  }
}

test('an upload that takes longer than an answer may is not cut while it goes on', async () => {
  const { ringing, received, response, write, writer, timersBegun, answer } = await uploading()
  for (const part of ['a', 'b', 'c']) {
    await write(part)
    await expect.poll(() => received.at(-1)).toBe(part)
  }
  // The time began anew with each part, and there is one of it.
  expect([timersBegun(), ringing.size]).toEqual([4, 1])
  await writer.close()
  answer(Response.json({ stored: 3 }))
  expect(await (await response).json()).toEqual({ stored: 3 })
  expect(ringing.size).toBe(0)
})

test('an upload that stops, or whose answer does not begin, is late', async () => {
  const { ringing, received, response, write } = await uploading()
  await write('a')
  await expect.poll(() => received).toEqual(['a'])
  for (const ring of ringing) ring()
  expect(await problemOf(await response)).toMatchObject({ code: 'upstream_timeout' })
})

test('an upload that is answered before its end leaves no timer behind', async () => {
  const { ringing, received, response, write, answer } = await uploading()
  await write('a')
  await expect.poll(() => received).toEqual(['a'])
  answer(Response.json({}))
  await response
  await write('b')
  await expect.poll(() => received).toEqual(['a', 'b'])
  expect(ringing.size).toBe(0)
})
