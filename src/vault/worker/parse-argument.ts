import { isSeconds, isText, type JsonObject } from '../../oauth/json.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import type { SignInTransaction } from '../../oauth/types.ts'
import { parseTokenNeed } from '../keeper/parse-token-need.ts'
import type { CodeResponse, EndSession, ProtectedRequest } from '../vault.ts'

// What comes through a port, copied member by member: any script of the origin may have sent it.
// Each throws a TypeError for what the method cannot take.

export function parseState(argument: unknown): string {
  return text(argument, 'takeTransaction: not a state')
}

export function parseSubject(argument: unknown): string | undefined {
  return optionalText(argument, 'userInfo: not a subject')
}

export function parseEndSession(argument: unknown): EndSession {
  const { provider, postLogoutRedirectUri } = members(argument, 'endSession: no options')
  const uri = optionalText(postLogoutRedirectUri, 'endSession: not a postLogoutRedirectUri')
  return { provider: Boolean(provider), ...(uri !== undefined && { postLogoutRedirectUri: uri }) }
}

export function parseProtectedRequest(argument: unknown): ProtectedRequest {
  const { url, method, need } = members(argument, 'authorize: not a request')
  const verb = optionalText(method, 'authorize: not a method')
  return {
    url: text(url, 'authorize: not a URL'),
    ...(verb !== undefined && { method: verb }),
    ...(need !== undefined && { need: parseTokenNeed(need) }),
  }
}

export function parseCodeResponse(argument: unknown): CodeResponse {
  const { code, transaction, replaces } = members(argument, 'exchangeCode: not a response')
  if (!isText(code)) throw new TypeError('exchangeCode: not a code')
  return {
    code,
    transaction: parseTransaction(transaction),
    replaces: optionalText(replaces, 'exchangeCode: not a subject'),
  }
}

export function parseTransaction(argument: unknown): SignInTransaction {
  const transaction = members(argument, NOT_A_TRANSACTION)
  const { resource, max_age } = transaction
  const own = (name: keyof SignInTransaction) => text(transaction[name], NOT_A_TRANSACTION)
  const issuer = own('issuer')
  if (max_age !== undefined && !isSeconds(max_age)) throw new TypeError(NOT_A_TRANSACTION)
  if (resource !== undefined && !(Array.isArray(resource) && resource.every(isText))) {
    throw new TypeError(NOT_A_TRANSACTION)
  }
  return {
    state: own('state'),
    nonce: own('nonce'),
    code_verifier: own('code_verifier'),
    issuer,
    client_id: own('client_id'),
    redirect_uri: own('redirect_uri'),
    scope: own('scope'),
    ...(resource && { resource: [...resource] }),
    ...(max_age !== undefined && { max_age }),
    metadata: checkMetadata(issuer, transaction['metadata']),
  }
}

const NOT_A_TRANSACTION = 'not a sign-in transaction'

function members(value: unknown, message: string): JsonObject {
  if (typeof value !== 'object' || !value || Array.isArray(value)) throw new TypeError(message)
  return { ...value }
}

/** Longer than any member of a request, other than the code: what is remembered of it fills no memory. */
const MAX_TEXT_LENGTH = 4096

function text(value: unknown, message: string): string {
  if (!isText(value) || value.length > MAX_TEXT_LENGTH) throw new TypeError(message)
  return value
}

function optionalText(value: unknown, message: string): string | undefined {
  return value === undefined ? undefined : text(value, message)
}
