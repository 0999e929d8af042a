import fc from 'fast-check'
import { expect, test } from 'vitest'
import { API, callingApp, unauthorized, type ApiCall } from './setup.ts'

const BODIES = ['none', 'text', 'request', 'stream'] as const
type Body = (typeof BODIES)[number]

/** What happens in one walk. */
type Step =
  | { do: 'call'; body: Body }
  | { do: 'elsewhere' }
  | { do: 'revoke' }
  | { do: 'abort'; which: number }
  | { do: 'answer'; which: number }
  | { do: 'expire' }
  | { do: 'wait'; ms: number }
  | { do: 'sign-out' }
  | { do: 'other-user' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('call' as const), body: fc.constantFrom(...BODIES) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'elsewhere' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'revoke' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(9) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'expire' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(90_000) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'sign-out' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'other-user' as const }) },
)

interface Made {
  id: string
  body: Body
  /** Whom the page showed as the call was made. */
  shown: string | undefined
  abort: AbortController
  end: 'open' | 'aborted' | 'answered' | 'failed'
}

/** An app, its calls, and a resource that answers when it is told. */
async function walk(steps: readonly Step[]) {
  const app = await callingApp({}, { expiresIn: 60 })
  const { client, api, world, provider, on, options } = app
  const made: Made[] = []
  const waiting: (() => void)[] = []
  const refused = new Map<ApiCall, boolean>()
  const hold = (call: ApiCall) =>
    new Promise<Response>((resolve) => {
      waiting.push(() => {
        const isRefused = api.revoked.has(call.authorization)
        refused.set(call, isRefused)
        resolve(isRefused ? unauthorized('invalid_token') : new Response('ok'))
      })
    })
  api.answer = hold
  api.refusal = hold

  function call(body: Body, url = API): void {
    const id = `call-${made.length}`
    const abort = new AbortController()
    const { subject: shown } = client.getSession() as { subject?: string }
    const one: Made = { id, body, shown, abort, end: 'open' }
    made.push(one)
    const init = initOf(body, id, abort.signal)
    const target = `${url}/${id}`
    const input = body === 'request' ? new Request(target, init) : target
    client.fetch(input, body === 'request' ? undefined : init).then(
      () => (one.end = 'answered'),
      () => (one.end = abort.signal.aborted ? 'aborted' : 'failed'),
    )
  }

  for (const one of steps) {
    if (one.do === 'call') call(one.body)
    else if (one.do === 'elsewhere') call('text', 'https://evil.example/v1')
    else if (one.do === 'revoke') api.revoked.add(api.tokens.at(-1) ?? app.own)
    else if (one.do === 'abort') made[one.which]?.abort.abort()
    else if (one.do === 'answer') waiting.splice(one.which % (waiting.length || 1), 1)[0]?.()
    else if (one.do === 'expire') world.jump(61_000)
    else if (one.do === 'wait') await world.advance(one.ms)
    else if (one.do === 'other-user') {
      provider.options.subject = provider.options.subject === 'user-2' ? 'user-1' : 'user-2'
      // In another tab, and while all else goes on.
      await Promise.race([on.signIn(on.open(options), options), world.settle()])
    } else await Promise.race([client.signOut({ provider: false }), world.settle()])
    await world.turns(one.do === 'call' ? 1 : 20)
  }
  // The resource answers all that is left, and time passes.
  for (let round = 0; round < 4; round++) {
    await world.advance(30_000)
    for (const answer of waiting.splice(0)) answer()
  }
  await world.settle()
  return { made, api, provider, refused, client }
}

function initOf(body: Body, id: string, signal: AbortSignal): RequestInit {
  if (body === 'none') return { signal }
  if (body !== 'stream') return { method: 'POST', body: id, signal }
  return { method: 'POST', body: new Blob([id]).stream(), duplex: 'half', signal } as RequestInit
}

test('U16 U20 U21 A-25 T-30 whatever happens meanwhile, every call ends, no token goes elsewhere, and no body goes twice without a refusal', async () => {
  let replayed = 0
  let asOther = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const { made, api, provider, refused } = await walk(steps)
      expect(made.filter(({ end }) => end === 'open')).toEqual([])
      expect(api.calls.filter(({ url }) => !url.startsWith(`${API}/`))).toEqual([])
      for (const { id, body, end, shown } of made) {
        const sent = api.calls.filter(({ url }) => url.endsWith(`/${id}`))
        for (const { authorization } of sent) {
          const grant = provider.accessTokens.get(authorization?.slice('Bearer '.length) ?? '')
          expect(grant?.subject).toBe(shown ?? grant?.subject)
          expect(grant?.subject).toMatch(/^user-[12]$/)
          if (grant?.subject === 'user-2') asOther++
        }
        expect(sent.length).toBeLessThanOrEqual(body === 'stream' ? 1 : 2)
        if (sent.length === 2) {
          replayed++
          expect(refused.get(sent[0]!)).toBe(true)
          expect(sent[1]!.authorization).not.toBe(sent[0]!.authorization)
        }
        for (const one of sent) expect(one.body).toBe(body === 'none' ? '' : id)
        if (end === 'answered') expect(sent.length).toBeGreaterThan(0)
      }
    }),
    {
      numRuns: Number(process.env['MODEL_RUNS'] ?? 60),
      seed: Number(process.env['MODEL_SEED'] ?? 10),
    },
  )
  // Walks that never come to it would prove nothing.
  expect(replayed).toBeGreaterThan(0)
  expect(asOther).toBeGreaterThan(0)
})
