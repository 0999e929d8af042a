import { stepUpNeeded } from 'evertoken/core'
import { expect, test } from 'vitest'
import { parseChallenges } from '../../../src/oauth/challenge.ts'
import { callingApp } from './setup.ts'

const answer = (code: number, challenge?: string) =>
  new Response(null, { status: code, headers: challenge ? { 'www-authenticate': challenge } : {} })

test.each<[challenge: string | undefined, stepUp: ReturnType<typeof stepUpNeeded>]>([
  [undefined, undefined],
  ['Bearer', undefined],
  ['Bearer error="invalid_token"', undefined],
  ['Basic error="insufficient_scope"', undefined],
  ['Bearer error="insufficient_scope"', {}],
  ['Bearer error="insufficient_scope", scope="read write"', { scope: 'read write' }],
  [
    'Bearer error="insufficient_user_authentication", error_description="A different, \\"higher\\" level", acr_values="myACR mfa", max_age="5"',
    { acrValues: 'myACR mfa', maxAge: 5 },
  ],
  ['DPoP algs="ES256", error="insufficient_user_authentication", max_age=0', { maxAge: 0 }],
  ['Bearer error="insufficient_user_authentication", max_age="soon"', {}],
  ['Negotiate abc==, bearer ERROR=insufficient_scope , scope = "a"', { scope: 'a' }],
])('T-31 %j asks for the step-up %j', (challenge, stepUp) => {
  expect(stepUpNeeded(answer(401, challenge))).toEqual(stepUp)
})

test.each<[header: string | null, challenges: unknown]>([
  [null, []],
  ['', []],
  [',, ,', []],
  ['Bearer', [{ scheme: 'bearer', parameters: {} }]],
  ['Bearer realm="a, b=c"', [{ scheme: 'bearer', parameters: { realm: 'a, b=c' } }]],
  // RFC 9110 §11.6.1: the first of two of one name.
  ['Bearer a=1, a=2', [{ scheme: 'bearer', parameters: { a: '1' } }]],
  ['Bearer a="1', [{ scheme: 'bearer', parameters: {} }]],
  [
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
    [
      { scheme: 'newauth', parameters: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
      { scheme: 'basic', parameters: { realm: 'simple' } },
    ],
  ],
])('a header %j is read as RFC 9110 §11.6.1 says', (header, challenges) => {
  expect(parseChallenges(header)).toEqual(challenges)
})

test('signIn takes a step-up as it is', async () => {
  const { client, tab } = await callingApp()
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age=60'
  await client.signIn(stepUpNeeded(answer(401, challenge)))
  const request = new URL(tab.assigned.at(-1)!).searchParams
  expect(request.get('acr_values')).toBe('mfa')
  expect(request.get('max_age')).toBe('60')
})

test('signIn asks for more scope beside the client’s own', async () => {
  const { client, tab } = await callingApp()
  await client.signIn(
    stepUpNeeded(answer(403, 'Bearer error="insufficient_scope", scope="orders openid"')),
  )
  const scope = new URL(tab.assigned.at(-1)!).searchParams.get('scope')
  expect(scope).toBe('openid profile email offline_access orders')
})
