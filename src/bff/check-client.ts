import {
  CLIENT_AUTHENTICATION_METHODS,
  type ClientAuthentication,
} from '../oauth/client-authentication.ts'
import { issuerMistake } from '../oauth/issuer-option.ts'
import { checkMetadata } from '../oauth/metadata.ts'
import type { ClientConfig } from '../oauth/types.ts'
import { assertNames, isTexts } from './check-names.ts'
import { AUTHENTICATION_NAMES, ID_TOKEN_NAMES } from './option-names.ts'
import type { BffOptions } from './options.ts'

/** The client that the backend is, and its provider. @throws TypeError that names the option */
export function checkClient(options: BffOptions): ClientConfig {
  const { issuer, clientId, clientAuthentication, idToken = {}, metadata } = options
  const mistake = issuerMistake(issuer)
  if (mistake !== undefined) throw wrong('issuer', mistake)
  if (typeof clientId !== 'string' || !clientId) throw wrong('clientId', 'must be text')
  checkAuthentication(clientAuthentication)
  assertNames('createBff: idToken: ', idToken, ID_TOKEN_NAMES)
  const { verification, audiences } = idToken
  if (![undefined, 'signature', 'tls'].includes(verification)) {
    throw wrong('idToken', ".verification must be 'signature' or 'tls'")
  }
  if (audiences !== undefined && !isTexts(audiences)) {
    throw wrong('idToken', '.audiences must be a list of client ids or URIs')
  }
  return { issuer, clientId, verification, audiences, metadata: checkGiven(issuer, metadata) }
}

/** What the application says of its provider is held to what discovery is: nothing else looks at it. */
function checkGiven(issuer: string, metadata: unknown): ClientConfig['metadata'] {
  if (metadata === undefined) return undefined
  try {
    return checkMetadata(issuer, metadata)
  } catch (error) {
    throw wrong('metadata:', (error as Error).message.replace(/^metadata: /, ''))
  }
}

function checkAuthentication(given: ClientAuthentication | undefined): void {
  const { method = '', secret, key } = Object(given) as Record<string, unknown>
  if (!given || !isMethod(method)) {
    throw wrong(
      'clientAuthentication',
      `.method must be ${CLIENT_AUTHENTICATION_METHODS.join(', ')}`,
    )
  }
  assertNames('createBff: clientAuthentication: ', given, AUTHENTICATION_NAMES[method])
  if (method.startsWith('client_secret') && (typeof secret !== 'string' || !secret)) {
    throw wrong('clientAuthentication', '.secret must be text')
  }
  const signs = key instanceof CryptoKey && key.type === 'private' && key.usages.includes('sign')
  if (method === 'private_key_jwt' && !signs) {
    throw wrong('clientAuthentication', '.key must be a private CryptoKey that may sign')
  }
}

function isMethod(method: unknown): method is ClientAuthentication['method'] {
  return CLIENT_AUTHENTICATION_METHODS.some((one) => one === method)
}

function wrong(option: string, what: string): TypeError {
  const separator = what.startsWith('.') ? '' : ' '
  return new TypeError(`createBff: ${option}${separator}${what}`)
}
