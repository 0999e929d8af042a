import { expect, test } from 'vitest'
import '../lazy.ts'
import type { AuthEvent } from '../../../src/client/session/event-log.ts'
import { outcome } from '../../support/outcomes.ts'
import { status } from '../../../src/testing/provider/behaviours.ts'
import { appDevice, signedInApp } from '../setup.ts'

/** What diagnostics and observers tell, without the times. */
const told = (events: readonly AuthEvent[]) => events.map(({ at: _, ...event }) => event)

test('tells every transition in order, before any subscriber', async () => {
  const on = await signedInApp()
  const order: string[] = []
  on.client.subscribe(() => order.push(`subscriber: ${on.client.getSession().status}`))
  on.client.observe((event) => {
    if (event.type === 'transition') order.push(`observer: ${event.to}`)
  })
  await on.client.signOut({ provider: false })
  await on.world.settle()
  expect(order.slice(0, 2)).toEqual(['observer: signed-out', 'subscriber: signed-out'])
})

test('tells the same as diagnostics: transitions, and errors with their true code', async () => {
  const on = await signedInApp({}, { expiresIn: 60 })
  const events: AuthEvent[] = []
  on.client.observe((event) => events.push(event))
  on.provider.next('token', status(503))
  const failed = outcome(on.client.getAccessToken({ forceRefresh: true }))
  await on.world.advance(20_000)
  await failed
  await on.client.signOut({ provider: false })
  await on.world.settle()
  const { transitions, errors } = on.client.diagnostics()
  expect(errors.map(({ code }) => code)).toContain('provider_unavailable')
  expect(told(events).filter(({ type }) => type === 'error')).toEqual(
    errors.map(({ at: _, ...error }) => ({ type: 'error', ...error })),
  )
  expect(told(events).filter(({ type }) => type === 'transition')).toEqual(
    transitions.slice(-1).map(({ at: _, ...step }) => ({ type: 'transition', ...step })),
  )
})

test('tells of each renewal that it began and how it ended', async () => {
  const on = await signedInApp()
  const renewals: string[] = []
  on.client.observe((event) => {
    if (event.type === 'renewal') renewals.push(`${event.key}:${event.renewal}`)
  })
  await on.client.getAccessToken({ forceRefresh: true })
  await on.world.settle()
  expect(renewals).toEqual([':running', ':idle'])
})

test('stops telling when asked', async () => {
  const on = await signedInApp()
  const seen: string[] = []
  const stop = on.client.observe((event) => seen.push(event.type))
  stop()
  await on.client.signOut({ provider: false })
  expect(seen).toEqual([])
})

test('tells no token, code, verifier or claim', async () => {
  const on = await signedInApp()
  const events: AuthEvent[] = []
  on.client.observe((event) => events.push(event))
  await on.client.getAccessToken({ forceRefresh: true })
  on.provider.next('token', status(400))
  const failed = outcome(on.client.getAccessToken({ forceRefresh: true, minValidity: 1 }))
  await on.world.advance(20_000)
  await failed
  await on.client.signOut({ provider: false })
  const text = JSON.stringify([events, on.client.diagnostics()])
  expect(events.length).toBeGreaterThan(2)
  for (const secret of on.provider.secrets) expect(text).not.toContain(secret)
})

test('keeps claims out of diagnostics, also when userSchema quotes one', async () => {
  const userSchema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (claims: unknown) => ({
        issues: [{ message: `"${(claims as { email: string }).email}" is not of this company` }],
      }),
    },
  }
  const on = await appDevice()
  on.provider.idToken.claims = { email: 'jane.doe@example.com' }
  const { client } = await on.signIn(on.open({ userSchema }), { userSchema })
  expect(JSON.stringify(client.diagnostics())).not.toContain('jane.doe')
})
