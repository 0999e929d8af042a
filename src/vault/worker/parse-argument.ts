import { checkEndSessionParameters } from '../../oauth/end-session.ts'
import { checkMetadata } from '../../oauth/metadata.ts'
import type { SignInTransaction } from '../../oauth/types.ts'
import { parseTokenNeed } from '../keeper/parse-token-need.ts'
import {
  mistakeError,
  parseMembers,
  parseOptionalList,
  parseOptionalText,
  parseText,
} from '../parse.ts'
import type { CodeResponse, EndSession, KeptTransaction, ProtectedRequest } from '../vault.ts'

// The arguments of the methods that a page calls through its port.

/** Ours are short. They are remembered for a while after they were used. */
const MAX_STATE_LENGTH = 1000

export function parseState(argument: unknown): string {
  return parseText({ state: argument }, 'state', MAX_STATE_LENGTH)
}

export function parseSubject(argument: unknown): string | undefined {
  return parseOptionalText({ subject: argument }, 'subject')
}

export function parseEndSession(argument: unknown): EndSession {
  const options = parseMembers(argument, 'options')
  const parameters = parseMembers(options['parameters'] ?? {}, 'parameters')
  checkEndSessionParameters(parameters)
  return {
    provider: Boolean(options['provider']),
    postLogoutRedirectUri: parseOptionalText(options, 'postLogoutRedirectUri'),
    state: parseOptionalText(options, 'state'),
    parameters,
  }
}

export function parseProtectedRequest(argument: unknown): ProtectedRequest {
  const request = parseMembers(argument, 'request')
  const { need } = request
  return {
    url: parseText(request, 'url'),
    method: parseOptionalText(request, 'method'),
    need: need === undefined ? undefined : parseTokenNeed(need),
  }
}

export function parseCodeResponse(argument: unknown): CodeResponse {
  const response = parseMembers(argument, 'response')
  return {
    code: parseText(response, 'code'),
    iss: parseOptionalText(response, 'iss'),
    transaction: parseTransaction(response['transaction']),
    replaces: parseOptionalText(response, 'replaces'),
  }
}

export function parseKeptTransaction(argument: unknown): KeptTransaction {
  const kept = parseMembers(argument, 'transaction')
  const returnTo = parseOptionalText(kept, 'returnTo')
  const replaces = parseOptionalText(kept, 'replaces')
  return {
    ...parseTransaction(argument),
    ...(returnTo !== undefined && { returnTo }),
    ...(replaces !== undefined && { replaces }),
    ...(kept['silent'] === true && { silent: true }),
  }
}

export function parseTransaction(argument: unknown): SignInTransaction {
  const transaction = parseMembers(argument, 'transaction')
  const { max_age } = transaction
  if (max_age !== undefined && typeof max_age !== 'number')
    throw mistakeError('max_age', 'a number')
  const resource = parseOptionalList(transaction, 'resource')
  const issuer = parseText(transaction, 'issuer')
  return {
    issuer,
    state: parseText(transaction, 'state', MAX_STATE_LENGTH),
    nonce: parseText(transaction, 'nonce'),
    code_verifier: parseText(transaction, 'code_verifier'),
    client_id: parseText(transaction, 'client_id'),
    redirect_uri: parseText(transaction, 'redirect_uri'),
    scope: parseText(transaction, 'scope'),
    ...(resource && { resource }),
    ...(max_age !== undefined && { max_age }),
    metadata: checkMetadata(issuer, transaction['metadata']),
  }
}
