import { encode } from 'jose/base64url'
import { BFF_PATHS } from '../../bff-protocol.ts'
import { createAuthorizationRequest } from '../../oauth/authorization-request.ts'
import type { Dpop } from '../../oauth/dpop.ts'
import { localPath } from '../../oauth/local-path.ts'
import { promptOf } from '../../oauth/prompt.ts'
import { pushAuthorizationRequest } from '../../oauth/pushed-authorization.ts'
import type { AuthorizationRequest } from '../../oauth/types.ts'
import { ProblemError } from '../http/problem.ts'
import { readForm } from '../http/read-parameters.ts'
import { assertBaseUrl, isNavigation, isPrefetch } from '../http/request-checks.ts'
import { nothing, seeOther } from '../http/responses.ts'
import { failedSignIn } from '../login/failed-sign-in.ts'
import type { LoginTransactions } from '../login/transactions.ts'
import type { Provider } from '../provider.ts'
import type { Call, Route, RouteParts } from './route.ts'

interface LoginParts extends RouteParts {
  provider: Provider
  transactions: LoginTransactions
  dpop: Dpop | undefined
}

const MAX_PARAMETER_LENGTH = 500
const PARAMETERS = ['prompt', 'login_hint', 'ui_locales', 'acr_values'] as const

/** Begins a sign-in: the browser goes to the provider with an authorization request (RFC 6749 §4.1.1). */
export function loginRoute(parts: LoginParts): Route {
  // OpenID Connect Core §4: a third party may send a form.
  const methods = parts.settings.thirdPartySignIn ? ['GET', 'POST'] : ['GET']
  return { methods, guarded: false, answer: (call) => beginLogin(parts, call) }
}

async function beginLogin(parts: LoginParts, call: Call): Promise<Response> {
  const { settings } = parts
  const { request } = call
  // What nobody asked for begins no sign-in, and is not kept for when somebody does.
  if (isPrefetch(request)) return nothing(204)
  if (!isNavigation(request)) throw new ProblemError('csrf_rejected')
  assertBaseUrl(request, settings.origin)
  const parameters = new URLSearchParams(await readForm(call))
  const returnTo = returnPath(settings.origin, targetOf(settings, parameters))
  try {
    return await toProvider(parts, call, { returnTo, asked: askedFor(parameters) })
  } catch (error) {
    return failedSignIn(parts, error, [])
  }
}

interface Asked {
  returnTo: string
  asked: Partial<AuthorizationRequest>
}

async function toProvider(
  parts: LoginParts,
  { request, background }: Call,
  { returnTo, asked }: Asked,
): Promise<Response> {
  const { env, settings, provider, transactions } = parts
  const prompt = promptOf(asked.prompt, settings.asksConsent)
  const party = await provider.party(background)
  const { url: location, transaction } = await createAuthorizationRequest(party, {
    ...asked,
    ...(prompt !== undefined && { prompt }),
    redirectUri: settings.origin + settings.basePath + BFF_PATHS.callback,
    state: newState(),
    scope: settings.scope,
    ...(settings.resource.length > 0 && { resource: [...settings.resource] }),
    ...(settings.responseMode === 'form_post' && { response_mode: 'form_post' }),
    extra: {
      ...settings.authorizationParameters,
      // RFC 9449 §10: the code is of no use without the key.
      ...(parts.dpop && { dpop_jkt: await parts.dpop.thumbprint() }),
    },
  })
  const target = await pushAuthorizationRequest(party, location)
  const setCookies = await transactions.begin(request, {
    state: transaction.state,
    nonce: transaction.nonce,
    codeVerifier: transaction.code_verifier,
    returnTo,
    startedAt: env.now(),
    maxAge: transaction.max_age,
    previous: await parts.sessions.previousOf(request),
  })
  return seeOther(target, setCookies)
}

/** Where to go afterwards: a page says it in a word of ours, a third party in OpenID Connect's (Core §4). */
function targetOf(
  { client, thirdPartySignIn }: LoginParts['settings'],
  parameters: URLSearchParams,
): string | null {
  const iss = parameters.get('iss')
  if (!thirdPartySignIn || iss === null) return parameters.get('returnTo')
  if (iss !== client.issuer) throw new ProblemError('issuer_mismatch')
  return parameters.get('target_link_uri')
}

function returnPath(origin: string, given: string | null): string {
  const path = localPath(origin, given ?? '/')
  if (path === undefined || path.length > MAX_PARAMETER_LENGTH) {
    throw new ProblemError('invalid_return_to')
  }
  return path
}

/** What a page may say of a sign-in; everything else is the backend's to say. */
function askedFor(query: URLSearchParams): Partial<AuthorizationRequest> {
  const asked: Partial<AuthorizationRequest> = {}
  for (const name of PARAMETERS) {
    const value = query.get(name)
    if (value && value.length <= MAX_PARAMETER_LENGTH) asked[name] = value
  }
  const maxAge = query.get('max_age')
  if (maxAge !== null && /^\d{1,9}$/.test(maxAge)) asked.max_age = Number(maxAge)
  return asked
}

/** 128 random bits. */
function newState(): string {
  return encode(crypto.getRandomValues(new Uint8Array(16)))
}
