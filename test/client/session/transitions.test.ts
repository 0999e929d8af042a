import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leadsTo, type SessionStatus } from '../../../src/client/session/session.ts'
import type { AuthError } from '../../../src/errors.ts'
import { behaviours, status } from '../../../src/testing/provider/behaviours.ts'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn, type App } from '../setup.ts'

const targets: SessionStatus[] = ['signed-out', 'signed-in', 'expired', 'signing-in', 'error']

describe('U12 the transition table of the session', () => {
  // A row is the state before, a column the state after; `-` does not happen.
  test.each<[SessionStatus, string]>([
    ['restoring', 'signed-out signed-in - signing-in error'],
    ['signed-out', '- signed-in - signing-in error'],
    ['signing-in', 'signed-out signed-in expired - error'],
    ['signed-in', 'signed-out signed-in expired signing-in error'],
    ['expired', 'signed-out signed-in expired signing-in -'],
    ['error', 'signed-out signed-in - signing-in error'],
  ])('allows from %s only its listed steps', (from, row) => {
    const to = targets.map((target) => (leadsTo(from, target) ? target : '-'))
    expect(to.join(' ')).toBe(row)
  })
})

describe('a session that ends', () => {
  const expired = async () => {
    const on = await signedIn({}, { expiresIn: 60 })
    for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
    await on.world.advance(61_000)
    await on.client.getAccessToken().catch(() => {})
    await on.world.settle()
    return on
  }

  test('U23 keeps its user as expired, and lives again after a sign-in in another tab', async () => {
    const on = await expired()
    expect(on.client.getSession()).toMatchObject({
      status: 'expired',
      reason: 'invalid_grant',
      user: { sub: 'user-1' },
      subject: 'user-1',
    })
    await on.signIn(on.open())
    await on.world.settle()
    expect(on.client.getSession().status).toBe('signed-in')
    expect(await on.client.getAccessToken()).toMatch(/^at-/)
  })

  test('U23 is over where it was another user’s than the one whom the page showed before it stood still', async () => {
    const on = await signedIn({}, { expiresIn: 60 })
    on.tab.freeze()
    on.provider.options.subject = 'user-2'
    const other = on.open()
    await other.client.whenSettled()
    const next = await on.signIn(other)
    expect(next.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
    await on.world.advance(61_000)
    await next.client.getAccessToken().catch(() => {})
    expect(next.client.getSession()).toMatchObject({ status: 'expired', subject: 'user-2' })
    on.tab.thaw()
    await on.world.advance(1000)
    expect(on.client.getSession()).toMatchObject({ status: 'signed-out' })
  })

  test('U23 stays expired when a sign-in cannot leave the page', async () => {
    const on = await expired()
    on.world.hosts.clear()
    const asked = on.client.signIn({ parameters: { state: 'mine' } })
    await expect(asked).rejects.toThrow(TypeError)
    expect(on.client.getSession().status).toBe('expired')
    on.tab.heldBack = true
    const leaving = on.client.signIn()
    await on.world.settle()
    expect(on.client.getSession()).toMatchObject({ status: 'signing-in', user: { sub: 'user-1' } })
    // The page is still here ten seconds later: the navigation was held back.
    await on.world.advance(10_001)
    await leaving
    expect(on.client.getSession().status).toBe('expired')
  })

  test('expires with its user when the worker dies, and a new worker takes over', async () => {
    const on = await signedIn({}, { expiresIn: 60 })
    on.tab.muted = true
    await on.world.advance(61_000)
    const asked = on.client.getAccessToken()
    asked.catch(() => {})
    on.world.hosts.clear()
    await on.world.advance(45_001)
    on.tab.muted = false
    await on.world.advance(2001)
    await expect(asked).rejects.toMatchObject({ code: 'vault_unavailable' })
    expect(on.client.getSession()).toMatchObject({ status: 'expired', reason: 'vault_lost' })
    // It stays so when the next sign-in cannot begin.
    on.world.online = false
    await expect(on.client.signIn()).rejects.toMatchObject({ code: 'network' })
    expect(on.client.getSession()).toMatchObject({
      status: 'expired',
      reason: 'vault_lost',
      signInError: { code: 'network' },
    })
  })

  test('U20 answers nothing of the user before while another user is checked', async () => {
    let checks = 0
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: async (value: unknown) => {
          if (checks++) await new Promise<void>((resolve) => on.world.timer(resolve, 3000))
          return { value: { name: (value as { sub: string }).sub } }
        },
      },
    }
    const on = await device()
    const first = await on.signIn(on.open({ userSchema: schema }), { userSchema: schema })
    const heard: string[] = []
    first.client.subscribeAccessToken(() => heard.push(first.client.getAccessTokenState().status))
    const old = await first.client.getAccessToken()
    on.provider.options.subject = 'user-2'
    // Another user signs in in another tab, with a sign-in begun while the first one was signed in.
    const elsewhere = on.open()
    await on.signIn(elsewhere)
    await on.world.settle()
    expect(first.client.getSession()).toMatchObject({ user: { name: 'user-1' } })
    expect(first.client.getAccessTokenState().status).toBe('pending')
    // The caller sees the first user now, so the second one's token is not for this call.
    const asked = first.client.getAccessToken().catch((error: AuthError) => error.code)
    await on.world.advance(3000)
    expect(await asked).toBe('user_mismatch')
    expect(await first.client.getAccessToken()).not.toBe(old)
    expect(first.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    expect(heard.at(0)).toBe('pending')
  })
})

type Step =
  | 'signIn'
  | 'back'
  | 'badBack'
  | 'signOut'
  | 'otherSignIn'
  | 'otherSignOut'
  | 'cached'
  | 'hide'
  | 'second'
  | 'hour'
  | 'sleep'
  | 'fail'
  | 'hang'
  | 'heal'
  | 'kill'
  | 'token'
  | 'revoke'
  | 'otherUser'
const STEPS: Step[] = [
  'signIn',
  'back',
  'badBack',
  'signOut',
  'otherSignIn',
  'otherSignOut',
  'cached',
  'hide',
  'second',
  'hour',
  'sleep',
  'fail',
  'hang',
  'heal',
  'kill',
  'token',
  'revoke',
  'otherUser',
]

test('U12 U21 takes only steps of the table, with a reason for each, and settles, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 14 }), async (steps) => {
      const on = await device({ expiresIn: 120 })
      let app: App = on.open()
      const other = on.open()
      const clients = [app.client, other.client]
      const run = (promise: Promise<unknown>) => void promise.catch(() => {})
      other.client.start()
      app.client.subscribeAccessToken(() => {})
      const navigate = (url: string) => {
        app = on.back(app.tab, url)
        clients.push(app.client)
        app.client.start()
        app.client.subscribeAccessToken(() => {})
      }
      for (const step of steps) {
        if (step === 'signIn') run(app.client.signIn())
        else if (step === 'back' || step === 'badBack') {
          await on.world.settle()
          if (!app.tab.assigned.at(-1)?.includes('/authorize')) continue
          navigate(on.answer(app.tab, step === 'badBack' ? { iss: 'https://evil.example' } : {}))
        } else if (step === 'signOut') run(app.client.signOut())
        else if (step === 'otherSignOut') run(other.client.signOut())
        else if (step === 'otherSignIn') {
          run(other.client.signIn())
          await on.world.settle()
          if (!other.tab.assigned.at(-1)?.includes('/authorize')) continue
          const done = on.back(other.tab, on.answer(other.tab))
          done.client.start()
          clients.push(done.client)
        } else if (step === 'cached') {
          app.tab.emit('cached')
          await on.world.settle()
          app.tab.emit('restored')
        } else if (step === 'hide') app.tab.show(!app.tab.visible)
        else if (step === 'second') await on.world.advance(1000)
        else if (step === 'hour') await on.world.advance(600_000)
        else if (step === 'sleep') on.world.sleep(3_600_000)
        else if (step === 'fail') on.provider.always('token', status(503))
        else if (step === 'hang') on.provider.always('token', behaviours.hang)
        else if (step === 'heal') on.provider.always('token', undefined)
        else if (step === 'kill') on.world.hosts.clear()
        else if (step === 'token') run(app.client.getAccessToken())
        else if (step === 'otherUser') on.provider.options.subject = `user-${Math.random()}`
        else for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
        await on.world.turns(3)
      }
      const settled = clients.map((client) => client.whenSettled())
      await on.world.advance(60_000)
      for (const [i, promise] of settled.entries()) {
        const session = await promise
        const { transitions } = clients[i]!.diagnostics()
        for (const { from, to, reason } of transitions) {
          expect(leadsTo(from, to, reason)).toBe(true)
          expect(reason).toMatch(/^[a-z_]+$/)
        }
        expect(['signed-out', 'signed-in', 'expired', 'error']).toContain(session.status)
        // No impossible pair: a token is ready only in a session that is signed in.
        const now = clients[i]!.getSession().status
        if (clients[i]!.getAccessTokenState().status === 'ready') expect(now).toBe('signed-in')
      }
    }),
    { numRuns: 150, endOnFailure: true },
  )
})
