import { BFF_PATHS } from '../../bff-protocol.ts'
import { AuthError } from '../../errors.ts'
import { readAuthorizationResponse } from '../../oauth/authorization-response.ts'
import { exchangeCode, type SignInGrant } from '../../oauth/code-grant.ts'
import { localPath } from '../../oauth/local-path.ts'
import type { RelyingParty } from '../../oauth/relying-party.ts'
import type { SignInTransaction } from '../../oauth/types.ts'
import { fetchUserInfo } from '../../oauth/userinfo.ts'
import type { Background } from '../background.ts'
import { sessionName } from '../events.ts'
import { ProblemError } from '../http/problem.ts'
import { readForm } from '../http/read-parameters.ts'
import { seeOther } from '../http/responses.ts'
import { endPrevious } from '../login/end-previous.ts'
import { failedSignIn } from '../login/failed-sign-in.ts'
import type { LoginTransaction } from '../login/transaction-bytes.ts'
import type { LoginTransactions } from '../login/transactions.ts'
import type { Tombstones } from '../login/tombstones.ts'
import type { Provider } from '../provider.ts'
import { newContents } from '../sessions/session-contents.ts'
import type { WrittenSession } from '../sessions/sessions.ts'
import type { Revocations } from '../tokens/revocations.ts'
import type { Call, Route, RouteParts } from './route.ts'

interface CallbackParts extends RouteParts {
  provider: Provider
  transactions: LoginTransactions
  tombstones: Tombstones
  revocations: Revocations
}

/** The user comes back from the provider (RFC 6749 §4.1.2): a code becomes a session. */
export function callbackRoute(parts: CallbackParts): Route {
  // A provider may answer with an error in the URL all the same.
  const methods = parts.settings.responseMode === 'form_post' ? ['GET', 'POST'] : ['GET']
  return { methods, guarded: false, answer: (call) => finishLogin(parts, call) }
}

async function finishLogin(parts: CallbackParts, call: Call): Promise<Response> {
  const { settings, transactions, sessions, emit } = parts
  const { request } = call
  const query = await readForm(call)
  const state = new URLSearchParams(query).get('state') ?? ''
  const found = await transactions.find(request, state)
  // Deleted whatever comes of it: a response is for one use.
  const deletion = await transactions.deletionOf(state)
  try {
    if (!found) throw new ProblemError(state === '' ? 'state_mismatch' : 'login_expired')
    const opened = await openSession(parts, call.background, { found, query })
    const finished = await transactions.finished(request)
    const { session, setCookies } = await endPrevious(parts, call.background, opened, [
      // Another sign-in may have been finished meanwhile: where the cookie comes along, it is the later one.
      await sessions.previousOf(request).catch(() => undefined),
      found.previous,
      ...finished.map((one) => one.session),
    ])
    const over = [
      ...(await transactions.finish(request, found, sessions.toPrevious(session))),
      ...transactions.deletionOfFinished(finished),
    ]
    emit({ type: 'session-created', session: sessionName(session.ticket) })
    // Checked again: the transaction may be of a version that checked less.
    const path = localPath(settings.origin, found.returnTo) ?? '/'
    return seeOther(settings.origin + path, [...setCookies, ...over])
  } catch (error) {
    return failedSignIn(parts, error, state === '' ? [] : [deletion])
  }
}

async function openSession(
  parts: CallbackParts,
  background: Background,
  { found, query }: { found: LoginTransaction; query: string },
): Promise<WrittenSession> {
  const { env, provider, revocations, tombstones, sessions, transactions } = parts
  const party = await provider.party(background)
  const transaction = toSignInTransaction(parts, party, found)
  const code = readAuthorizationResponse(party, transaction, query)
  const sentAt = env.now()
  const result = await exchangeCode(party, transaction, code)
  if (!result.ok) {
    revocations.revoke([result.refreshToken], background)
    throw result.error
  }
  const { grant } = result
  try {
    const signIn = {
      name: await transactions.nameOf(found.state),
      ...{ claims: grant.claims, begunAt: found.startedAt },
    }
    // The provider may have ended its session before this one was written, or the user have signed out.
    await tombstones.assertNotEnded(signIn)
    const contents = { ...newContents(grant, sentAt), ...(await userInfoOf(parts, party, grant)) }
    const written = await sessions.create(contents, found.codeVerifier)
    // … or while it was.
    await tombstones.assertNotEnded(signIn).catch(async (error: unknown) => {
      await sessions.endByKey(written.session.ticket.storeKey)
      throw error
    })
    return written
  } catch (error) {
    revocations.revoke([grant.refreshToken], background)
    throw error
  }
}

function toSignInTransaction(
  { settings }: CallbackParts,
  { client, metadata }: RelyingParty,
  { state, nonce, codeVerifier, maxAge }: LoginTransaction,
): SignInTransaction {
  return {
    ...{ state, nonce, metadata, code_verifier: codeVerifier },
    issuer: client.issuer,
    client_id: client.clientId,
    redirect_uri: settings.origin + settings.basePath + BFF_PATHS.callback,
    scope: settings.scope,
    ...(settings.resource.length > 0 && { resource: [...settings.resource] }),
    ...(maxAge !== undefined && { max_age: maxAge }),
  }
}

/** Where the application asks for it. Without an answer the sign-in is one all the same. */
async function userInfoOf(
  { settings, emit }: CallbackParts,
  party: RelyingParty,
  { response, claims }: SignInGrant,
): Promise<{ userInfo?: Record<string, unknown> }> {
  if (!settings.userInfo) return {}
  try {
    return { userInfo: await fetchUserInfo(party, response.access_token, claims.sub) }
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    emit({ type: 'note', session: '', error: error.toJSON() })
    return {}
  }
}
