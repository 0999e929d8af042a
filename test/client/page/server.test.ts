import { expect, test } from 'vitest'
import '../lazy.ts'
import { appDevice as device } from '../setup.ts'

test('U18 settles every call on a server, and touches nothing', async () => {
  const on = await device()
  const { createClient } = await import('../../../src/client/create-auth-client.ts')
  const { issuer, clientId } = on.provider
  const client = createClient({ issuer, clientId }, () => undefined)
  client.start()
  expect(await client.whenSettled()).toEqual({ status: 'restoring' })
  for (const call of [
    () => client.getAccessToken(),
    () => client.signIn(),
    () => client.signIn({ automatic: true }),
    () => client.signOut(),
    () => client.requireSession(),
    () => client.getUserInfo(),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'vault_unavailable' })
  }
  expect(client.getSession()).toEqual({ status: 'restoring' })
  client.subscribeAccessToken(() => {})()
  expect(client.getTokenResponse()).toBeUndefined()
})
