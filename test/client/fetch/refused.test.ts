import { describe, expect, test } from 'vitest'
import { status } from '../../../src/testing/provider/behaviours.ts'
import { failure, outcome } from '../../support/outcomes.ts'
import { API, callingApp, unauthorized } from './setup.ts'

/** A signed-in app whose token the resource refuses from now on. */
async function refusedApp(...given: Parameters<typeof callingApp>) {
  const app = await callingApp(...given)
  app.api.revoked.add(app.own)
  const before = app.on.tokenRequests()
  return { ...app, refreshes: () => app.on.tokenRequests() - before }
}

async function ended<T>(world: { until(holds: () => boolean): Promise<void> }, call: Promise<T>) {
  let over = false
  void outcome(call).then(() => (over = true))
  await world.until(() => over)
  return call
}

describe('T-30 a token that is refused', () => {
  test.each<[name: string, init: RequestInit | undefined, body: string]>([
    ['without a body', undefined, ''],
    ['with text', { method: 'POST', body: 'body' }, 'body'],
    ['with a Blob', { method: 'POST', body: new Blob(['body']) }, 'body'],
    ['with bytes', { method: 'POST', body: new TextEncoder().encode('body') }, 'body'],
    ['with parameters', { method: 'POST', body: new URLSearchParams({ a: 'b' }) }, 'a=b'],
  ])('is renewed once, and the request %s sent once more', async (_, init, body) => {
    const { client, api, own, world, refreshes } = await refusedApp()
    const response = await ended(world, client.fetch(`${API}/a`, init))
    expect(await response.text()).toBe(`got ${body}`)
    expect(api.calls).toMatchObject([{ body }, { body }])
    expect(api.tokens[0]).toBe(own)
    expect(api.tokens[1]).not.toBe(own)
    expect(refreshes()).toBe(1)
  })

  test('is renewed for a Request with a body, which is kept for it', async () => {
    const { client, api, world } = await refusedApp()
    const request = new Request(`${API}/a`, { method: 'POST', body: 'body' })
    expect((await ended(world, client.fetch(request))).status).toBe(200)
    expect(api.calls).toMatchObject([{ body: 'body' }, { body: 'body' }])
  })

  test('is the answer for a stream, which can be sent but once', async () => {
    const { client, api, world, refreshes } = await refusedApp()
    const init = { method: 'POST', body: new Blob(['body']).stream(), duplex: 'half' }
    const response = await ended(world, client.fetch(`${API}/a`, init as RequestInit))
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect(api.calls).toHaveLength(1)
    expect(refreshes()).toBe(0)
  })

  test('is sent again as it was at the call, whatever became of the body meanwhile', async () => {
    const { client, api, world } = await refusedApp()
    const body = new URLSearchParams({ a: '1' })
    let first = true
    api.refusal = () => {
      if (first) body.set('a', '2')
      first = false
      return unauthorized('invalid_token')
    }
    await ended(world, client.fetch(`${API}/a`, { method: 'POST', body }))
    expect(api.calls.map((call) => call.body)).toEqual(['a=1', 'a=1'])
  })

  test('is renewed for a bare 401, too', async () => {
    const { client, api, world, refreshes } = await refusedApp()
    api.refusal = () => new Response('no', { status: 401 })
    expect((await ended(world, client.fetch(`${API}/a`))).status).toBe(200)
    expect(refreshes()).toBe(1)
  })

  test('U16 of twenty calls at a time is renewed once, and all twenty are sent again', async () => {
    const { client, api, world, refreshes } = await refusedApp()
    const calls = Array.from({ length: 20 }, (_, i) => client.fetch(`${API}/${i}`))
    const responses = await ended(world, Promise.all(calls))
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]))
    expect(api.calls).toHaveLength(40)
    expect(refreshes()).toBe(1)
  })

  test('U16 that another call has seen to is not renewed again', async () => {
    const { client, api, world, refreshes } = await refusedApp()
    let late!: (response: Response) => void
    api.next(() => new Promise((resolve) => (late = resolve)))
    const slow = client.fetch(`${API}/slow`)
    await world.until(() => api.calls.length === 1)
    await ended(world, client.fetch(`${API}/quick`))
    late(unauthorized('invalid_token'))
    expect((await ended(world, slow)).status).toBe(200)
    expect(api.calls).toHaveLength(4)
    expect(refreshes()).toBe(1)
  })

  test('U5 that is refused again is the answer, and no renewal follows for a while', async () => {
    const { client, api, world, refreshes } = await refusedApp()
    api.answer = () => unauthorized('invalid_token')
    expect((await ended(world, client.fetch(`${API}/a`))).status).toBe(401)
    for (let i = 0; i < 10; i++) {
      expect((await ended(world, client.fetch(`${API}/a`))).status).toBe(401)
    }
    expect(refreshes()).toBe(1)
    expect(api.calls).toHaveLength(12)
    await world.advance(31_000)
    await ended(world, client.fetch(`${API}/a`))
    expect(refreshes()).toBe(2)
  })

  test('is the answer where the renewal fails for now', async () => {
    const { client, api, world, provider } = await refusedApp()
    provider.always('token', status(503))
    const response = await ended(world, client.fetch(`${API}/a`))
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect(api.calls).toHaveLength(1)
    expect(client.getSession().status).toBe('signed-in')
  })

  test('ends the call with the session where the renewal says that it is over', async () => {
    const { client, api, world, provider } = await refusedApp()
    provider.next('token', status(400, {}, '{"error":"invalid_grant"}'))
    const call = client.fetch(`${API}/a`)
    call.catch(() => {})
    expect((await failure(ended(world, call))).code).toBe('session_expired')
    expect(api.calls).toHaveLength(1)
  })
})

describe('T-31 no renewal follows', () => {
  const refused = (code: number, challenge: string) =>
    new Response('no', { status: code, headers: { 'www-authenticate': challenge } })

  test.each<[name: string, answer: () => Response]>([
    ['403', () => new Response('no', { status: 403 })],
    ['insufficient_scope', () => refused(403, 'Bearer error="insufficient_scope", scope="a"')],
    ['insufficient_scope with 401', () => refused(401, 'Bearer error=insufficient_scope')],
    ['step-up', () => refused(401, 'Bearer error="insufficient_user_authentication"')],
    ['invalid_request', () => refused(401, 'Bearer error="invalid_request"')],
    ['400', () => new Response('no', { status: 400 })],
    ['500', () => new Response('no', { status: 500 })],
  ])('after %s', async (_, answer) => {
    const { client, api, world, refreshes } = await refusedApp()
    api.refusal = answer
    const response = await ended(world, client.fetch(`${API}/a`))
    expect(await response.text()).toBe('no')
    expect(api.calls).toHaveLength(1)
    expect(refreshes()).toBe(0)
  })

  test('after the 401 of another origin that redirected there', async () => {
    const { client, api, world, refreshes } = await refusedApp()
    api.refusal = () => {
      const response = new Response('no', { status: 401 })
      Object.defineProperty(response, 'redirected', { value: true })
      Object.defineProperty(response, 'url', { value: 'https://elsewhere.example/' })
      return response
    }
    expect((await ended(world, client.fetch(`${API}/a`))).status).toBe(401)
    expect(refreshes()).toBe(0)
  })
})

describe('what ends while a token is renewed', () => {
  test('T-13 by the signal of one call ends that call alone', async () => {
    const { client, api, world, provider, refreshes } = await refusedApp()
    const abort = new AbortController()
    provider.next('token', (act) => {
      abort.abort()
      return act()
    })
    const ending = outcome(client.fetch(`${API}/a`, { signal: abort.signal }))
    const other = client.fetch(`${API}/b`)
    await world.until(() => abort.signal.aborted)
    expect(await ending).toMatchObject({ error: { name: 'AbortError' } })
    expect((await ended(world, other)).status).toBe(200)
    expect(api.calls.filter(({ url }) => url.endsWith('/a'))).toHaveLength(1)
    expect(refreshes()).toBe(1)
  })

  test('U19 by a sign-out ends every call, and none is sent again', async () => {
    const { client, api, world, provider } = await refusedApp()
    provider.next('token', async (act) => {
      await client.signOut({ provider: false }).catch(() => {})
      return act()
    })
    const calls = Array.from({ length: 5 }, () => outcome(client.fetch(`${API}/a`)))
    await world.until(() => client.getSession().status === 'signed-out')
    await world.advance(1000)
    for (const end of await Promise.all(calls)) {
      expect(end).toMatchObject({ error: { code: 'signed_out' } })
    }
    expect(api.calls).toHaveLength(5)
  })
})
