import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClientSecretBasic, ClientSecretPost } from 'oauth4webapi'
import { SentRequest } from '../../src/oauth/sent-request.ts'
import { withoutSecrets } from '../../src/oauth/without-secrets.ts'
import { refusal } from '../../src/testing/provider/responses.ts'
import { printed, setUp } from './setup.ts'

const percent = (text: string) => encodeURIComponent(text)
const everyPercent = (text: string) =>
  [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
const lower = (text: string) => text.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase())
const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
const htmlHex = (text: string) =>
  text.replace(/[^\w]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`)
const jsonText = (text: string) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/')
const unicode = (text: string) =>
  text.replace(/[^\w]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
const form = (text: string) => new URLSearchParams({ a: text }).toString().slice(2)

/** Ways to write a text, in which a server may quote it. */
const SPELLINGS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  percent,
  'percent in lower case': (text) => lower(percent(text)),
  'percent, every character': everyPercent,
  'percent twice': (text) => percent(percent(text)),
  'percent three times, in lower case': (text) => lower(percent(percent(percent(text)))),
  form,
  HTML: html,
  'HTML, hexadecimal': htmlHex,
  'percent in HTML': (text) => htmlHex(percent(text)),
  JSON: jsonText,
  'JSON, unicode': unicode,
  'a form in JSON': (text) => jsonText(form(text)),
  'upper case': (text) => text.toUpperCase(),
}

/** RFC 6749 appendix A: what tokens, codes and secrets are made of. */
const secretText = fc
  .array(fc.integer({ min: 0x21, max: 0x7e }), { minLength: 12, maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes))

const spelling = fc.constantFrom(...Object.keys(SPELLINGS))

/** What a reader gets out of a text who undoes whatever escapes there are. */
function unfolded(text: string): string {
  const layers = [text]
  for (let depth = 0; depth < 5; depth++) {
    const last = layers.at(-1)!
    layers.push(
      last
        .replace(/%([\da-f]{2})/gi, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        )
        .replace(/\\u([\da-f]{4})/gi, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        )
        .replace(/&#x([\da-f]+);/gi, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        )
        .replaceAll('&#39;', "'")
        .replaceAll('&quot;', '"')
        .replaceAll('&lt;', '<')
        .replaceAll('&amp;', '&')
        .replaceAll('\\/', '/'),
    )
  }
  return layers.join('\n')
}

describe('F12 what was secret in a request', () => {
  test('F12 property: no spelling of a secret, nor of a long part of it, is left in a text', () => {
    fc.assert(
      fc.property(
        secretText,
        spelling,
        fc.nat(60),
        fc.nat(60),
        fc.constantFrom(
          '',
          'token=',
          'Refused the form grant_type=refresh_token&refresh_token=',
          '"',
        ),
        (secret, name, from, length, before) => {
          const part = secret
            .slice(Math.min(from, secret.length - 12))
            .slice(0, Math.max(length, 12))
          const text = `It said ${before}${SPELLINGS[name]!(part)} and stopped.`
          const clean = withoutSecrets(text, [secret])
          expect(clean).toMatch(/^It said|^\*\*\*$/)
          const left = unfolded(clean).toLowerCase()
          for (let at = 0; at + 12 <= part.length; at++) {
            expect(left).not.toContain(part.slice(at, at + 12).toLowerCase())
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['', ['rt-secret-secret'], ''],
    ['token rt-secret-secret is dead', ['rt-secret-secret'], 'token *** is dead'],
    ['the refresh token is dead', ['rt-secret-secret'], 'the refresh token is dead'],
    ['code 1%2F2 is spent', ['1/2'], 'code *** is spent'],
    ['abc', ['', 'abc'], '***'],
    ['a blank+in+a+secret here', ['blank in a secret'], 'a *** here'],
    ['a blank in a secret here', ['blank in a secret'], '***'],
    ['a part: blank in a sec', ['blank in a secret'], '***'],
    ['100% &nope; \\', ['rt-secret-secret'], '100% &nope; \\'],
  ])('F12 leaves of %j without %j: %j', (text, secrets, expected) => {
    expect(withoutSecrets(text, secrets)).toBe(expected)
  })

  test('F12 takes every parameter for secret that is not known to be public', () => {
    const sent = new SentRequest()
    const parameters = {
      scope: 'openid-and-more',
      client_id: 'client-of-ours',
      anything: 'secret-of-some-kind',
    }
    sent.note('https://op.example/token', {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers: {},
    })
    expect(sent.scrub('openid-and-more client-of-ours secret-of-some-kind')).toBe(
      'openid-and-more client-of-ours ***',
    )
  })
})

const SECRET = 'cs/with+odd&characters%and"more'

test.each(Object.keys(SPELLINGS))(
  'F12 keeps a code, a verifier, a refresh token and a client secret out of an error, spelled so: %s',
  async (name) => {
    for (const auth of [undefined, ClientSecretBasic(SECRET), ClientSecretPost(SECRET)]) {
      const { provider, party, begin, finish, renew, failure } = await setUp()
      if (auth) party.auth = auth
      const secrets = { code: 'code-with/odd+characters', refresh_token: 'rt/with+odd=characters' }
      provider.always('token', (_act, { parameters }) => {
        const sent = ['code', 'code_verifier', 'refresh_token'].map((one) => parameters.get(one))
        const words = [...sent, auth && SECRET].flatMap((secret) =>
          secret ? [`quoted=${SPELLINGS[name]!(secret)}`] : [],
        )
        return refusal('invalid_grant', 400, words.join(' '))
      })
      const { url, transaction } = await begin()
      const query = provider.authorize(url, { code: secrets.code })
      const errors = [
        await failure(finish(transaction, query)),
        await failure(renew({ refreshToken: secrets.refresh_token })),
      ]
      const [ofCode, ofRefresh] = errors.map((error) => unfolded(printed(error)).toLowerCase())
      const expectNone = (text: string, secret: string) =>
        expect(text).not.toContain(secret.slice(0, 12).toLowerCase())
      expectNone(ofCode!, secrets.code)
      expectNone(ofCode!, transaction.code_verifier)
      expectNone(ofRefresh!, secrets.refresh_token)
      if (auth)
        errors.forEach((error) => expectNone(unfolded(printed(error)).toLowerCase(), SECRET))
    }
  },
)
