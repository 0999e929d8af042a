import { expect, test } from 'vitest'
import { failure } from '../../support/outcomes.ts'
import { signedInVault, states } from '../device.ts'

const REFUSED_FOR_ITS_FORM = { token_type: 'N_A' }

test('F33 goes on with the refresh token of an answer that was refused, and sends none twice', async () => {
  const { vault, provider, ask, refreshes, events } = await signedInVault()
  provider.tokenResponse = REFUSED_FOR_ITS_FORM
  await failure(ask(vault, { forceRefresh: true, proactive: true }))
  provider.tokenResponse = {}
  await ask(vault, { forceRefresh: true })
  const sent = refreshes().map(({ parameters }) => parameters.get('refresh_token'))
  expect(new Set(sent).size).toBe(sent.length)
  expect(states(events)).toEqual([])
})

test('F33 ends for its true reason, and revokes the newest refresh token', async () => {
  const { vault, provider, ask, events, latest, world } = await signedInVault()
  provider.tokenResponse = REFUSED_FOR_ITS_FORM
  await failure(ask(vault, { forceRefresh: true }))
  await world.settle()
  expect(states(events)).toMatchObject([{ status: 'expired', reason: 'refresh_refused' }])
  expect(provider.revoked).toEqual([latest()])
})
