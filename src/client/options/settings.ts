import { hash } from '../../vault/hash.ts'
import { PROTOCOL } from '../../vault/worker/protocol.ts'
import type { VaultConfig } from '../../vault/vault.ts'
import { checkOptions } from './check-options.ts'
import { DEVELOPMENT } from '../page/development.ts'
import type { AuthClientOptions } from './options.ts'

declare const process: { env: { NODE_ENV?: string } }

/** What a client runs on, once its options are found right. */
export interface Settings extends VaultConfig {
  /** In every `state` of ours: tells our responses from those of other libraries, and clients from each other. */
  mark: string
  /** Names the note of the last sign-out: in any version of the application the same. */
  note: string
}

/** @throws TypeError naming the option. */
export function settingsOf<User>(options: AuthClientOptions<User>): Settings {
  const { issuer, clientId, metadata, resource, offlineAccess, idToken, userInfo, relay } = options
  if (DEVELOPMENT && process.env.NODE_ENV !== 'production') checkOptions(options)
  // A browser keeps no secret: registering one with it would only look safe.
  if ('client_secret' in options || 'clientSecret' in options) {
    throw new TypeError('`client_secret`: a browser keeps none. Register a public client')
  }
  const mark = hash(`${issuer} ${clientId}`)
  return {
    mark,
    note: `evertoken.${mark}.note`,
    issuer,
    clientId,
    name: `evertoken.${PROTOCOL}.${mark}`,
    scope:
      options.scope ?? `openid profile email${offlineAccess === false ? '' : ' offline_access'}`,
    verification: idToken?.verification,
    audiences: idToken?.audiences,
    resource: resource ? [resource].flat() : undefined,
    metadata,
    userInfo,
    relay,
  }
}
