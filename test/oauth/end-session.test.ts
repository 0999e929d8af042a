import { expect, test } from 'vitest'
import { checkEndSessionParameters, endSessionUrl } from '../../src/oauth/end-session.ts'
import { setUp } from './setup.ts'

const BACK = 'https://app.example/bye'

test('conformance 44 rp-init-logout: sends the hint, where to come back to, and state', async () => {
  const { signIn, client, metadata } = await setUp()
  const { response } = await signIn()
  const how = {
    idTokenHint: response.id_token!,
    postLogoutRedirectUri: BACK,
    state: 'et.hash.random',
  }
  const url = new URL(endSessionUrl({ client, metadata }, how)!)
  expect(url.origin + url.pathname).toBe('https://op.example/logout')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'spa',
    id_token_hint: response.id_token,
    post_logout_redirect_uri: BACK,
    state: 'et.hash.random',
  })
})

test('conformance 45 rp-init-logout: sends a state of its own, and keeps the query of the endpoint', async () => {
  const { client, metadata } = await setUp()
  const end_session_endpoint = 'https://op.example/logout?p=policy'
  const urlOf = () => endSessionUrl({ client, metadata: { ...metadata, end_session_endpoint } }, {})
  expect(urlOf()).toMatch(/^https:\/\/op\.example\/logout\?p=policy&client_id=spa&state=[\w-]{36}$/)
  expect(urlOf()).not.toBe(urlOf())
  const { end_session_endpoint: _, ...without } = metadata
  expect(endSessionUrl({ client, metadata: without }, {})).toBeUndefined()
})

test('leaves the hint out where it alone makes the URL too long', async () => {
  const { client, metadata } = await setUp()
  const lengthWith = (hint: number, more = 0) => {
    const parameters = { more: 'm'.repeat(more) }
    const how = { idTokenHint: 'h'.repeat(hint), state: 's', parameters }
    return endSessionUrl({ client, metadata }, how)!
  }
  const rest = lengthWith(1).length - 1
  expect(lengthWith(6000 - rest)).toHaveLength(6000)
  expect(lengthWith(6001 - rest)).not.toContain('id_token_hint')
  // Too long in any case: then the hint is not what makes it so.
  expect(lengthWith(10, 6000)).toContain('id_token_hint')
})

test('P15 adds parameters of the provider’s own', async () => {
  const { client, metadata } = await setUp()
  const parameters = { logout_uri: BACK, federated: '' }
  const url = new URL(endSessionUrl({ client, metadata }, { parameters })!)
  expect(url.searchParams.get('logout_uri')).toBe(BACK)
})

test.each(['client_id', 'id_token_hint', 'post_logout_redirect_uri', 'state'])(
  'P15 refuses %s among them',
  async (name) => {
    const { client, metadata } = await setUp()
    const how = { parameters: { [name]: 'x' } }
    expect(() => endSessionUrl({ client, metadata }, how)).toThrow(TypeError)
    expect(() => checkEndSessionParameters({ other: 7 })).toThrow('other')
  },
)
