import type { LocalVault } from '../keeper/local-vault.ts'
import { parseTokenNeed } from '../keeper/parse-token-need.ts'
import {
  parseCodeResponse,
  parseEndSession,
  parseProtectedRequest,
  parseState,
  parseSubject,
  parseKeptTransaction,
} from './parse-argument.ts'
import type { Method, Value } from './protocol.ts'

export type OpenedMethod = Exclude<Method, 'open'>

/** What a port may call once it has opened a vault, each with its argument parsed. */
export const HANDLERS: {
  [Name in OpenedMethod]: (
    vault: LocalVault,
    argument: unknown,
    /** Aborted when the page does not wait for the answer any more. */
    call: AbortController,
  ) => Promise<Value<Name>>
} = {
  discover: (vault) => vault.discover(),
  keepTransaction: (vault, argument) => vault.keepTransaction(parseKeptTransaction(argument)),
  takeTransaction: (vault, argument) => vault.takeTransaction(parseState(argument)),
  idTokenHint: (vault) => vault.idTokenHint(),
  exchangeCode: (vault, argument) => vault.exchangeCode(parseCodeResponse(argument)),
  getToken: (vault, argument, call) => vault.getToken(parseTokenNeed(argument), call),
  authorize: (vault, argument, call) => vault.authorize(parseProtectedRequest(argument), call),
  userInfo: (vault, argument, call) => vault.userInfo(parseSubject(argument), call),
  endSession: (vault, argument) => vault.endSession(parseEndSession(argument)),
}

export function isOpenedMethod(method: unknown): method is OpenedMethod {
  return typeof method === 'string' && Object.hasOwn(HANDLERS, method)
}
