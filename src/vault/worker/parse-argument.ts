import { isText, type JsonObject } from '../../oauth/json.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import type { SignInTransaction } from '../../oauth/types.ts'
import { parseTokenNeed } from '../keeper/parse-token-need.ts'
import type { CodeResponse, EndSession, ProtectedRequest } from '../vault.ts'

// What comes through a port, copied member by member: any script of the origin may have sent it.
// Each throws a TypeError that names what the method cannot take.

export function parseState(argument: unknown): string {
  return text({ state: argument }, 'state')
}

export function parseSubject(argument: unknown): string | undefined {
  return optionalText({ subject: argument }, 'subject')
}

export function parseEndSession(argument: unknown): EndSession {
  const options = members(argument, 'options')
  const postLogoutRedirectUri = optionalText(options, 'postLogoutRedirectUri')
  return {
    provider: Boolean(options['provider']),
    ...(postLogoutRedirectUri !== undefined && { postLogoutRedirectUri }),
  }
}

export function parseProtectedRequest(argument: unknown): ProtectedRequest {
  const request = members(argument, 'request')
  const { need } = request
  const method = optionalText(request, 'method')
  return {
    url: text(request, 'url'),
    ...(method !== undefined && { method }),
    ...(need !== undefined && { need: parseTokenNeed(need) }),
  }
}

export function parseCodeResponse(argument: unknown): CodeResponse {
  const response = members(argument, 'response')
  return {
    code: text(response, 'code'),
    transaction: parseTransaction(response['transaction']),
    replaces: optionalText(response, 'replaces'),
  }
}

export function parseTransaction(argument: unknown): SignInTransaction {
  const transaction = members(argument, 'transaction')
  const { resource, max_age } = transaction
  if (max_age !== undefined && typeof max_age !== 'number') throw mistake('max_age', 'a number')
  if (resource !== undefined && !isListOfTexts(resource)) throw mistake('resource', 'a list')
  const issuer = text(transaction, 'issuer')
  return {
    issuer,
    state: text(transaction, 'state'),
    nonce: text(transaction, 'nonce'),
    code_verifier: text(transaction, 'code_verifier'),
    client_id: text(transaction, 'client_id'),
    redirect_uri: text(transaction, 'redirect_uri'),
    scope: text(transaction, 'scope'),
    ...(resource && { resource }),
    ...(max_age !== undefined && { max_age }),
    metadata: checkMetadata(issuer, transaction['metadata']),
  }
}

function members(value: unknown, name: string): JsonObject {
  if (typeof value !== 'object' || !value || Array.isArray(value)) throw mistake(name, 'an object')
  return { ...value }
}

function text(object: JsonObject, name: string): string {
  const value = object[name]
  if (!isText(value)) throw mistake(name, 'a string')
  return value
}

function optionalText(object: JsonObject, name: string): string | undefined {
  return object[name] === undefined ? undefined : text(object, name)
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText)
}

function mistake(name: string, expected: string): TypeError {
  return new TypeError(`${name}: must be ${expected}`)
}
