import type { SignInTransaction } from '../../oauth/types.ts'
import { parseTokenNeed } from '../keeper/parse-token-need.ts'
import {
  anyObject,
  flag,
  metadata,
  object,
  optional,
  subject,
  text,
  texts,
  textUpTo,
  mistakeError,
  type Parser,
} from '../parse.ts'
import type { CodeResponse, EndSession, KeptTransaction, ProtectedRequest } from '../vault.ts'
import type { Argument, Method } from './protocol.ts'

export type OpenedMethod = Exclude<Method, 'open'>

/** Ours are short. They are remembered for a while after they were used. */
const state = textUpTo(1000)

const TRANSACTION = {
  issuer: text,
  state,
  nonce: text,
  code_verifier: text,
  client_id: text,
  redirect_uri: text,
  scope: text,
  resource: optional(texts),
  max_age: optional((value, name) => {
    if (typeof value !== 'number') throw mistakeError(name, 'a number')
    return value
  }),
  metadata,
}

const none = () => undefined

/** What a port may call once it has opened a vault: of each method, the form of its argument. */
const ARGUMENTS: { [Name in OpenedMethod]: (value: unknown, name: string) => Argument<Name> } = {
  discover: none,
  keepTransaction: object<KeptTransaction>({
    ...TRANSACTION,
    returnTo: optional(text),
    replaces: optional(text),
    silent: (value) => value === true || undefined,
  }),
  takeTransaction: state,
  idTokenHint: none,
  exchangeCode: object<CodeResponse>({
    code: text,
    iss: optional(text),
    transaction: object<SignInTransaction>(TRANSACTION),
    replaces: optional(text),
  }),
  getToken: parseTokenNeed,
  authorize: object<ProtectedRequest>({
    url: text,
    method: optional(text),
    need: optional(parseTokenNeed),
  }),
  userInfo: subject,
  endSession: object<EndSession>({
    provider: flag,
    postLogoutRedirectUri: optional(text),
    state: optional(text),
    by: optional(text),
    // The vault looks at each of them.
    parameters: optional(anyObject) as Parser<Record<string, string> | undefined>,
  }),
}

/** @throws TypeError */
export function parseArgument<Name extends OpenedMethod>(
  method: Name,
  argument: unknown,
): Argument<Name> {
  return ARGUMENTS[method](argument, method)
}

export function isOpenedMethod(method: unknown): method is OpenedMethod {
  return typeof method === 'string' && Object.hasOwn(ARGUMENTS, method)
}
