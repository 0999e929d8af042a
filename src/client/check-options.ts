import type { AuthClientOptions } from './options.ts'

export function wrong(option: string, want: string): TypeError {
  return new TypeError(`createAuthClient: \`${option}\` ${want}`)
}

const CHOICES: Record<string, readonly unknown[]> = {
  offlineAccess: ['scope', 'consent', false],
  vault: ['auto', 'worker', 'page'],
  tabs: ['isolated', 'shared'],
  silentSignIn: ['redirect', false],
}

const KNOWN = [
  'issuer clientId redirectUri scope offlineAccess resource postLogoutRedirectUri vault workerUrl tabs',
  'metadata idToken renewal silentSignIn navigate userSchema client_secret clientSecret',
].join(' ')

/**
 * Whatever can be wrong with the options, told while developing. A production build leaves this out: the
 * vault checks what safety depends on again, for anybody.
 * @throws TypeError naming the option
 */
export function checkOptions<User>(options: AuthClientOptions<User>): void {
  const given = options as unknown as Record<string, unknown>
  for (const option of Object.keys(given)) {
    if (!KNOWN.split(' ').includes(option)) throw wrong(option, 'is not an option')
  }
  for (const option of ['issuer', 'clientId']) {
    if (typeof given[option] !== 'string') throw wrong(option, 'must be a non-empty string')
  }
  for (const [option, choices] of Object.entries(CHOICES)) {
    const value = given[option]
    if (value !== undefined && !choices.includes(value)) {
      throw wrong(option, `must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`)
    }
  }
  const issuer = url(options.issuer)
  if (!issuer) throw wrong('issuer', 'must be an absolute URL')
  if (issuer.protocol !== 'https:' && !isLoopback(issuer)) throw wrong('issuer', 'must be https')
  if (issuer.search || issuer.hash) throw wrong('issuer', 'must have no query and no fragment')
  if (options.scope !== undefined && !String(options.scope).split(' ').includes('openid')) {
    throw wrong('scope', 'must contain "openid"')
  }
  if (!((options.renewal?.minValidity ?? 0) >= 0)) {
    throw wrong('renewal.minValidity', 'must be milliseconds, 0 or more')
  }
  if (!['signature', 'tls', undefined].includes(options.idToken?.verification)) {
    throw wrong('idToken.verification', 'must be "signature" or "tls"')
  }
  for (const resource of [options.resource ?? []].flat()) {
    // RFC 8707 §2
    if (!url(resource) || resource.includes('#')) {
      throw wrong('resource', 'must be absolute URIs without a fragment')
    }
  }
  if (options.navigate && typeof options.navigate !== 'function') {
    throw wrong('navigate', 'must be a function')
  }
  if (options.userSchema && typeof options.userSchema['~standard']?.validate !== 'function') {
    throw wrong('userSchema', 'must be a Standard Schema (zod, valibot, arktype, …)')
  }
}

function url(text: unknown): URL | undefined {
  try {
    return new URL(text as string)
  } catch {
    return undefined
  }
}

function isLoopback({ hostname, protocol }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
