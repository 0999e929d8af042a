import { describe, expect, test } from 'vitest'
import { createBff } from '../../../src/bff/create-bff.ts'
import { ORIGIN, problemOf, setUp, type BffSetup, type Browser } from '../setup.ts'
import { VirtualTimers } from '../virtual-timers.ts'

const HEADERS = { 'x-csrf': '1', origin: ORIGIN, 'sec-fetch-site': 'same-origin' }

/** A body that begins and does not end. */
function unfinished() {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
      given.enqueue(new TextEncoder().encode('{"scope":'))
    },
    cancel: () => void (cancelled = true),
  })
  return {
    body,
    breakOff: () => controller.error(new Error('aborted')),
    wasCancelled: () => cancelled,
  }
}

const ROUTES: [name: string, path: string, headers: Record<string, string>][] = [
  ['the token route', '/bff/token', {}],
  ['a sign-out', '/bff/logout', {}],
  ['a proxied call whose body is held back', '/bff/api/orders', { 'content-length': '40' }],
  ['a proxied call whose body streams', '/bff/api/orders', {}],
]

async function signedIn() {
  const setup = await setUp({
    options: {
      mediated: [{}],
      proxy: [{ name: 'orders', upstream: 'https://api.example/v1' }],
    },
    // Reads what it is sent, as an upstream does, until the call is broken off.
    upstream: (request) =>
      Promise.race([
        request.text().then((text) => new Response(text)),
        new Promise<never>((_, reject) => {
          request.signal.addEventListener('abort', () => reject(new Error('aborted')))
        }),
      ]),
  })
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user }
}

function send(user: Browser, path: string, body: BodyInit, more: Record<string, string>) {
  const headers = { ...HEADERS, ...more, cookie: user.cookie }
  const init = { method: 'POST', headers, body, duplex: 'half' }
  return user.bff.handle(new Request(ORIGIN + path, init)) as Promise<Response>
}

const mistakes = ({ events }: BffSetup) => events.filter(({ type }) => type === 'unexpected-error')

describe('a client that leaves in the middle of its body', () => {
  test.each(ROUTES)('is no mistake of the backend: %s', async (_, path, headers) => {
    const setup = await signedIn()
    const { body, breakOff } = unfinished()
    const answer = send(setup.user, path, body, headers)
    await new VirtualTimers().settle()
    breakOff()
    const { code } = await problemOf(await answer)
    // A body that streams fails at the upstream, which cannot tell whose fault it is.
    expect(['request_aborted', 'upstream_unavailable']).toContain(code)
    expect(mistakes(setup)).toEqual([])
    expect(setup.events.at(-1)).toMatchObject({ type: 'request-refused', code })
    expect(await setup.user.sessionAnswer()).toMatchObject({ authenticated: true })
  })
})

describe('close()', () => {
  test.each(ROUTES)('waits ten seconds for a slow body: %s', async (_, path, headers) => {
    const setup = await signedIn()
    const timers = new VirtualTimers()
    const { user, options, env } = setup
    user.bff = createBff(options, { ...env, timer: timers.timer })
    const { body, wasCancelled } = unfinished()
    const answer = send(user, path, body, headers)
    await timers.settle()
    let closed = false
    const closing = user.bff.close().then(() => (closed = true))
    await timers.pass(9_000)
    expect(closed).toBe(false)
    await timers.pass(1_000)
    await closing
    expect(await problemOf(await answer)).toMatchObject({ code: 'request_aborted', status: 408 })
    // A fetch cancels the body that it sends by itself.
    if (path !== '/bff/api/orders' || headers['content-length']) {
      await expect.poll(wasCancelled).toBe(true)
    }
    expect(timers.pending).toBe(0)
    expect(mistakes(setup)).toEqual([])
  })
})
