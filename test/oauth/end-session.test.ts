import { expect, test } from 'vitest'
import { endSessionUrl } from '../../src/oauth/end-session.ts'
import { setUp } from './setup.ts'

test('conformance 44 rp-init-logout: sends the hint and where to come back to', async () => {
  const { signIn, client, metadata } = await setUp()
  const { response } = await signIn()
  const url = new URL(
    endSessionUrl(
      { client, metadata },
      {
        idTokenHint: response.id_token!,
        postLogoutRedirectUri: 'https://app.example/bye',
      },
    )!,
  )
  expect(url.origin + url.pathname).toBe('https://op.example/logout')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'spa',
    id_token_hint: response.id_token,
    post_logout_redirect_uri: 'https://app.example/bye',
  })
})

test('conformance 45, 46 rp-init-logout: sends no state, so expects none', async () => {
  const { client, metadata } = await setUp()
  const end_session_endpoint = 'https://op.example/logout?p=policy'
  expect(endSessionUrl({ client, metadata: { ...metadata, end_session_endpoint } }, {})).toBe(
    'https://op.example/logout?p=policy&client_id=spa',
  )
  const { end_session_endpoint: _, ...without } = metadata
  expect(endSessionUrl({ client, metadata: without }, {})).toBeUndefined()
})
