import { expect, test } from 'vitest'
import { createClientIn } from '../../../src/client/create-auth-client.ts'
import type { Mode } from '../../../src/client/modes/mode.ts'
import { SignIn } from '../../../src/client/sign-in/sign-in.ts'
import { Emitter } from '../../../src/vault/emitter.ts'
import type { Vault, VaultEvent, VaultState } from '../../../src/vault/vault.ts'
import { appDevice } from '../setup.ts'

const TOKEN = { subject: 'user-1', key: '', lifetime: 60_000, age: 0 }
const SIGNED_OUT: VaultState = { status: 'empty', reason: 'signed_out' }

/** A vault of ten lines: a session like a backend's, which knows no clock offset and no refresh token. */
function fakeVault(now: () => number) {
  const events = new Emitter<VaultEvent>()
  const response = { access_token: 'from the fake vault', token_type: 'Bearer' }
  const issued = () => ({ ...TOKEN, response, sentAt: now() })
  const live = (): VaultState => ({ status: 'live', claims: { sub: 'user-1' }, token: issued() })
  const fake: { state: () => VaultState } = { state: live }
  const vault: Vault = {
    open: async () => fake.state(),
    getToken: async () => issued(),
    authorize: async () => ({ headers: { 'x-csrf': '1' } }),
    userInfo: async () => ({ sub: 'user-1' }),
    async endSession() {
      fake.state = () => SIGNED_OUT
      events.emit({ type: 'state', state: SIGNED_OUT })
      return { url: '/bff/logout' }
    },
    observe: (listener) => events.on(listener),
    leave() {},
    close() {},
  }
  return { fake, vault }
}

/** A mode whose way in is one navigation, and whose answer comes back as no URL at all. */
function fakeMode(vault: Vault): Mode {
  return {
    name: 'fake',
    openVault: async () => ({ vault, state: await vault.open(), kind: 'bff' }),
    openAnnouncements: () => ({ announce() {}, listen() {}, close() {} }),
    recognize: () => undefined,
    loadSignIn: async (parts) =>
      new SignIn({
        ...parts,
        flow: {
          begin: async ({ returnTo }) => ({
            url: `/bff/login?returnTo=${encodeURIComponent(returnTo)}`,
            state: 'unused',
          }),
          finish: async () => {
            throw new Error('nothing comes back in the URL')
          },
        },
      }),
  }
}

async function clientInFakeMode() {
  const { world } = await appDevice()
  const tab = world.tab({ url: 'https://app.example/orders?page=2' })
  const { fake, vault } = fakeVault(() => world.wall)
  const client = createClientIn<{ sub: string }, Vault>(fakeMode(vault), {}, () => tab.env)
  return { world, tab, client, fake }
}

test('drives any vault and any way in: the session, its token and UserInfo', async () => {
  const { client } = await clientInFakeMode()
  expect(await client.whenSettled()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  expect(await client.getAccessToken()).toBe('from the fake vault')
  expect(await client.getUserInfo()).toEqual({ sub: 'user-1' })
})

test('says of a mode only what that mode knows', async () => {
  const { client } = await clientInFakeMode()
  await client.whenSettled()
  const { vault, clockOffset, renewable, fallback } = client.diagnostics()
  expect({ vault, clockOffset, renewable, fallback }).toEqual({ vault: 'bff' })
})

test('leaves the page for wherever the way in says, with a checked path to come back to', async () => {
  const { client, tab, fake } = await clientInFakeMode()
  fake.state = () => ({ status: 'empty', reason: 'no_session' })
  await client.whenSettled()
  await client.signIn()
  expect(tab.assigned).toEqual(['/bff/login?returnTo=%2Forders%3Fpage%3D2'])
  expect(client.getSession().status).toBe('signing-in')
  await expect(client.signIn({ returnTo: 'https://evil.example' })).rejects.toThrow(/returnTo/)
})

test('signs out in every mode, and goes where the vault says', async () => {
  const { client, tab } = await clientInFakeMode()
  await client.whenSettled()
  await client.signOut()
  expect(client.getSession()).toEqual({ status: 'signed-out', reason: 'signed_out' })
  expect(tab.assigned).toEqual(['/bff/logout'])
})
