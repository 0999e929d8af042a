import { checkResource, isLoopback, parseUrl } from '../../oauth/endpoint.ts'
import { issuerMistake } from '../../oauth/issuer-option.ts'
import { boundIssuer } from '../../oauth/issuer.ts'
import type { AuthClientOptions, CommonOptions } from './options.ts'

export function wrong(option: string, want: string): TypeError {
  return new TypeError(`createAuthClient: \`${option}\` ${want}`)
}

const CHOICES: Record<string, readonly unknown[]> = {
  offlineAccess: ['scope', 'consent', false],
  vault: ['auto', 'worker', 'page'],
  tabs: ['isolated', 'shared'],
  silentSignIn: ['redirect', false],
  userInfo: [true, false],
  relay: [true, false],
}

const KNOWN = [
  'issuer clientId redirectUri scope offlineAccess resource postLogoutRedirectUri vault workerUrl tabs',
  'metadata userInfo relay idToken renewal silentSignIn navigate userSchema protectedResources client_secret clientSecret bff',
].join(' ')

/**
 * Whatever can be wrong with the options, told while developing. A production build leaves this out: the
 * vault checks what safety depends on again, whatever script asks.
 * @throws TypeError naming the option
 */
export function checkOptions<User>(options: AuthClientOptions<User>): void {
  const given = options as unknown as Record<string, unknown>
  for (const option of Object.keys(given)) {
    if (!KNOWN.split(' ').includes(option)) throw wrong(option, `is not an option${meant(option)}`)
  }
  for (const option of ['issuer', 'clientId']) {
    if (typeof given[option] !== 'string' || !given[option])
      throw wrong(option, 'must be a non-empty string')
  }
  for (const [option, choices] of Object.entries(CHOICES)) {
    const value = given[option]
    if (value !== undefined && !choices.includes(value)) {
      throw wrong(option, `must be one of ${choices.map((one) => JSON.stringify(one)).join(', ')}`)
    }
  }
  for (const option of ['redirectUri', 'postLogoutRedirectUri', 'workerUrl']) {
    const value = given[option]
    if (value === undefined) continue
    if (typeof value !== 'string' || !parseUrl(value, 'https://app.example/')) {
      throw wrong(option, 'must be a URL or a path of this app')
    }
  }
  const mistake = issuerMistake(options.issuer)
  if (mistake !== undefined) throw wrong('issuer', mistake)
  if (options.redirectUri?.includes('#')) {
    // RFC 6749 §3.1.2
    throw wrong('redirectUri', 'must have no fragment')
  }
  checkDetails(options)
}

/** @throws TypeError naming the option */
function checkDetails<User>(options: AuthClientOptions<User>): void {
  const given = options as unknown as Record<string, unknown>
  const { scope } = given
  if (scope !== undefined && (typeof scope !== 'string' || !scope.split(' ').includes('openid'))) {
    throw wrong('scope', 'must be text that contains "openid"')
  }
  for (const option of ['renewal', 'idToken', 'metadata']) {
    const value = given[option]
    if (value !== undefined && (typeof value !== 'object' || value === null)) {
      throw wrong(option, 'must be an object')
    }
  }
  checkRenewal(options)
  checkProtectedResources(options)
  if (!['signature', 'tls', undefined].includes(options.idToken?.verification)) {
    throw wrong('idToken.verification', 'must be "signature" or "tls"')
  }
  const { audiences = [] } = options.idToken ?? {}
  if (!(Array.isArray(audiences) && audiences.every((aud) => typeof aud === 'string' && aud))) {
    throw wrong('idToken.audiences', 'must be a list of client ids or URIs')
  }
  // RFC 8414 §3.3
  if (options.metadata && boundIssuer(options.issuer, options.metadata.issuer) === undefined) {
    throw wrong('metadata.issuer', 'must be the issuer, letter for letter')
  }
  checkResource([options.resource ?? []].flat())
  if (options.navigate !== undefined && typeof options.navigate !== 'function') {
    throw wrong('navigate', 'must be a function')
  }
  checkUserSchema(options)
}

/** @throws TypeError naming the option */
export function checkRenewal({ renewal }: Pick<AuthClientOptions, 'renewal'>): void {
  if (!((renewal?.minValidity ?? 0) >= 0)) {
    throw wrong('renewal.minValidity', 'must be milliseconds, 0 or more')
  }
}

/** @throws TypeError naming the option */
export function checkUserSchema<User>({
  userSchema,
}: Pick<AuthClientOptions<User>, 'userSchema'>): void {
  if (userSchema !== undefined && typeof userSchema['~standard']?.validate !== 'function') {
    throw wrong('userSchema', 'must be a Standard Schema (zod, valibot, arktype, …)')
  }
}

/** @throws TypeError naming the option */
export function checkProtectedResources({
  protectedResources = [],
  bff,
}: Pick<CommonOptions<unknown>, 'protectedResources' | 'bff'>): void {
  const option = 'protectedResources'
  if (!Array.isArray(protectedResources)) throw wrong(option, 'must be a list')
  for (const given of protectedResources as readonly unknown[]) {
    const { url, bff: route, resource = [], scope = '' } = asResource(given)
    const parsed = parseUrl(url, 'https://app.example/')
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.search || parsed.hash) {
      throw wrong(option, 'must have URLs or paths, without query and fragment')
    }
    const isSecure = parsed.protocol === 'https:' || isLoopback(parsed)
    if (!isSecure) throw wrong(option, `must be https, or http on loopback: ${String(url)}`)
    if (route === undefined) {
      checkResource([resource].flat() as string[])
      if (typeof scope !== 'string') throw wrong(option, 'must have a `scope` that is text')
    } else if (bff === undefined || typeof route !== 'string' || !/^[\w-]+$/.test(route)) {
      throw wrong(option, 'must have `bff`, the name of a route, only where the client has `bff`')
    }
  }
}

function asResource(given: unknown): Record<string, unknown> {
  return Object(typeof given === 'string' ? { url: given } : given) as Record<string, unknown>
}

/** What other libraries call an option of ours. */
const ELSEWHERE: Record<string, string> = {
  authority: 'issuer',
  domain: 'issuer',
  audience: 'resource',
}

/** Of a name in another spelling, in the wrong number, or of another library. */
function meant(option: string): string {
  const plain = (name: string) =>
    name.replaceAll('_', '').toLowerCase().replace(/s$/, '').replace(/url$/, 'uri')
  const known = ELSEWHERE[option] ?? KNOWN.split(' ').find((name) => plain(name) === plain(option))
  return known ? `: did you mean \`${known}\`?` : ''
}
