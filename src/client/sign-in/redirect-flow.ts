import { AuthError } from '../../errors.ts'
import { createAuthorizationRequest } from '../../oauth/authorization-request.ts'
import { readAuthorizationResponse } from '../../oauth/authorization-response.ts'
import { promptOf } from '../../oauth/prompt.ts'
import { noteUser, parseNote, readNote } from '../../vault/news-note.ts'
import type { BrowserVault, VaultState } from '../../vault/vault.ts'
import type { VaultAccess } from '../modes/mode.ts'
import type { AuthClientOptions } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import { DEVELOPMENT } from '../page/development.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { browserNavigation } from '../page/navigation.ts'
import {
  assertCryptography,
  framedPageError,
  signedOutError,
  storageError,
  transactionMissingError,
  usedResponseError,
} from './redirect-errors.ts'
import { resolveRedirectUri, statePrefix } from './redirect-back.ts'
import { isPopupState, newState } from './popup-state.ts'
import type {
  RedirectBack,
  SignInDestination,
  SignInRequest,
  SignInResult,
} from './sign-in-flow.ts'
import { Transactions, type SignInRecord } from './transactions.ts'

declare const process: { env: { NODE_ENV?: string } }

export interface RedirectFlowParts {
  page: PageEnvironment
  options: Pick<AuthClientOptions, 'redirectUri' | 'offlineAccess'>
  settings: Settings
  access: VaultAccess<BrowserVault>
}

/**
 * Browser mode's way in: an authorization request through the address bar, its code exchanged in the vault. What goes
 * through the address bar needs no refresh token, so it is done here and the worker does not carry it.
 */
export class RedirectFlow {
  readonly #parts: RedirectFlowParts
  readonly #transactions: Transactions

  constructor(parts: RedirectFlowParts) {
    this.#parts = parts
    this.#transactions = new Transactions(parts.page, parts.settings.name)
  }

  async begin(request: SignInRequest): Promise<SignInDestination> {
    const { page, settings, options, access } = this.#parts
    assertCryptography()
    // Refused at the click: most providers' pages do not let themselves be framed.
    if (isFramed(page) && !request.popup) throw framedPageError()
    const state = newState(settings.mark, request.popup)
    const redirectUri = this.#redirectUri()
    const { returnTo, replaces, silent } = request
    const record = {
      returnTo,
      ...(replaces !== undefined && { replaces }),
      ...(silent && { silent }),
    }
    const url = await access.withVault(async (vault) => {
      // OpenID Connect Core §3.1.2.1: with `prompt=none` it says whose session is meant.
      const hint = request.prompt === 'none' ? await vault.idTokenHint() : undefined
      const party = { client: settings, metadata: await vault.discover() }
      const made = await createAuthorizationRequest(party, {
        redirectUri,
        state,
        scope: withMore(settings.scope, request.scope),
        ...(settings.resource && { resource: settings.resource }),
        ...(hint !== undefined && { id_token_hint: hint }),
        ...parametersOf(request, options.offlineAccess === 'consent'),
      })
      // Without room in storage the vault remembers: a worker outlives the page, the page's own vault does not.
      if (!this.#transactions.put(state, { ...record, transaction: made.transaction })) {
        if (access.opened?.kind === 'page') throw storageError()
        await vault.keepTransaction({ ...made.transaction, ...record })
      }
      return made.url
    })
    this.#warnOfRedirectUri(redirectUri, page.location.href)
    return { url, state }
  }

  async finish(
    { state, parameters, note }: RedirectBack,
    isOvertaken: () => boolean,
  ): Promise<SignInResult> {
    const isSignedOut = () => isOvertaken() || this.#isSignedOutSince(note)
    // Taken before the code is sent, so that no reload sends it again (RFC 6749 §4.1.2).
    let record = this.#transactions.take(state)
    try {
      if (record === null) throw usedResponseError()
      // RFC 9700 §4.16: a page that frames this one could play with the sign-in.
      if (isFramed(this.#parts.page) && !isPopupState(state)) throw framedPageError()
      record ??= await this.#keptRecord(state)
      const found = await this.#exchange(parameters, record, isSignedOut)
      this.#noteUser(found)
      this.#warnOfMissingRefreshToken(found)
      return { ok: true, state: found, returnTo: record?.returnTo }
    } catch (cause) {
      // Whatever failed: after a sign-out it is nothing to the user.
      const error = isSignedOut() ? signedOutError() : cause
      const signedOutReason = this.#signedOutReason(error, record)
      const returnTo = record?.returnTo
      return { ok: false, error, returnTo, ...(signedOutReason && { signedOutReason }) }
    } finally {
      this.#transactions.prune()
    }
  }

  /** An answer of ours that landed elsewhere, in a page that does not know of its sign-in, is in the address bar still. */
  explainAnswerLeftAlone(): string | undefined {
    const { page, options, settings } = this.#parts
    const { searchParams, origin, pathname } = new URL(page.location.href)
    if (!searchParams.get('state')?.startsWith(statePrefix(settings.mark))) return undefined
    const { href } = resolveRedirectUri(page, options)
    return `The answer came back at ${origin + pathname}, \`redirectUri\` is ${href}.`
  }

  /** What the vault remembers for a page without storage. */
  async #keptRecord(state: string): Promise<SignInRecord | undefined> {
    const kept = await this.#parts.access.withVault((vault) => vault.takeTransaction(state))
    if (!kept) return undefined
    const { returnTo = '/', replaces, silent, ...transaction } = kept
    return {
      ...{ transaction, returnTo },
      ...(replaces !== undefined && { replaces }),
      ...(silent !== undefined && { silent }),
    }
  }

  #exchange(
    parameters: string,
    record: SignInRecord | undefined,
    isOvertaken: () => boolean,
  ): Promise<VaultState> {
    const { access, settings } = this.#parts
    return access.withVault(async (vault) => {
      if (isOvertaken()) throw signedOutError()
      if (!record) throw transactionMissingError()
      const { transaction, replaces } = record
      const party = { client: settings, metadata: transaction.metadata }
      const response = readAuthorizationResponse(party, transaction, parameters)
      return vault.exchangeCode({ ...response, transaction, replaces })
    })
  }

  /** Set where nothing failed that was begun here and that a person waits for. */
  #signedOutReason(error: unknown, record: SignInRecord | null | undefined) {
    // Back button, bookmark, pasted or foreign. A state that this tab has seen, or one among others of its own, is not
    // the one that was waited for.
    if (!record) {
      return record === null || this.#transactions.any() ? 'state_mismatch' : 'transaction_missing'
    }
    if (!(error instanceof AuthError)) return undefined
    if (error.code === 'state_mismatch') return error.code
    // The provider refused in words of its own (OpenID Connect Core §3.1.2.6): it has no session either.
    return record.silent && error.error !== undefined ? error.code : undefined
  }

  /** A page that stood still since it was loaded has not heard of a sign-out in another tab. */
  #isSignedOutSince(note: string | null | undefined): boolean {
    const { page, settings } = this.#parts
    const { signOut } = readNote(page.localStorage, settings.note)
    return note !== undefined && signOut !== undefined && signOut !== parseNote(note).signOut
  }

  /** For pages with vaults of their own that stand still. */
  #noteUser(state: VaultState): void {
    if (state.status !== 'live') return
    const { page, settings } = this.#parts
    noteUser(page.localStorage, settings.note, state.claims.sub)
  }

  #redirectUri(): string {
    const { page, options } = this.#parts
    const { href, origin, protocol } = resolveRedirectUri(page, options)
    if (origin === 'null') {
      throw new TypeError(
        `createAuthClient: \`redirectUri\` begins with ${protocol}: custom schemes are not supported, the answer must come to a page of this origin`,
      )
    }
    const current = new URL(page.location.href).origin
    if (origin !== current) {
      throw new TypeError(
        `createAuthClient: \`redirectUri\` is on ${origin}, this page on ${current}`,
      )
    }
    return href
  }

  #warnOfRedirectUri(redirectUri: string, current: string): void {
    const { page, options } = this.#parts
    if (!(DEVELOPMENT && process.env.NODE_ENV !== 'production')) return
    if (options.redirectUri !== undefined || current.startsWith(redirectUri)) return
    page.warn?.(`\`redirectUri\` is ${redirectUri} by default, and this page is not under it.`)
  }

  #warnOfMissingRefreshToken(state: VaultState): void {
    const { page, settings, options } = this.#parts
    if (!(DEVELOPMENT && process.env.NODE_ENV !== 'production')) return
    if (state.status !== 'live' || state.renewable) return
    if (!settings.scope.split(' ').includes('offline_access')) return
    const advice =
      options.offlineAccess === 'consent'
        ? 'Without consent, as with `prompt=none`, the provider gives none: this session ends with its access token.'
        : 'Some providers give one only with prompt=consent: try `offlineAccess: "consent"`.'
    page.warn?.(`offline_access was asked for, but no refresh token came. ${advice}`)
  }
}

/** Each once, the client's own first. */
function withMore(scope: string, more = ''): string {
  return [...new Set(`${scope} ${more}`.match(/\S+/g))].join(' ')
}

function isFramed({ navigation = browserNavigation }: PageEnvironment): boolean {
  return navigation.isFramed()
}

function parametersOf(request: SignInRequest, consent: boolean) {
  const prompt = promptOf(request.prompt, consent)
  const { loginHint, maxAge, uiLocales, acrValues, parameters } = request
  return {
    ...(prompt !== undefined && { prompt }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(maxAge !== undefined && { max_age: maxAge }),
    ...(uiLocales !== undefined && { ui_locales: uiLocales }),
    ...(acrValues !== undefined && { acr_values: acrValues }),
    ...(parameters && { extra: parameters }),
  }
}
