import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { findAccount } from './accounts.ts'
import type { ProviderSettings } from './settings.ts'
import { signInPage } from './sign-in-page.ts'
import { asksToConfirm, CONFIRMED } from './step-up.ts'

const PATH = /^\/interaction\/[\w-]+$/

/** Handles the sign-in page: a click signs in and gives consent. Resolves to whether the request was for that page. */
export async function signIn(
  provider: Provider,
  settings: ProviderSettings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = new URL(request.url ?? '/', provider.issuer).pathname
  if (!PATH.test(path)) return false
  const { params, prompt, session } = await provider.interactionDetails(request, response)
  const text = (name: string) => (typeof params[name] === 'string' ? params[name] : undefined)

  const confirm = asksToConfirm(params['acr_values'])
  // Who is to confirm something sees what.
  const hinted = confirm ? undefined : findAccount(text('login_hint'))?.sub
  const chosen =
    request.method === 'POST' ? (await form(request)).get('user') : (hinted ?? settings.autoLogin)
  if (chosen === 'nobody') {
    const result = { error: 'access_denied', error_description: 'The user said no' }
    await provider.interactionFinished(request, response, result)
    return true
  }
  const account = findAccount(chosen ?? undefined)
  if (!account) {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    })
    const asked = { client: String(params['client_id']), action: path, confirm }
    response.end(signInPage(asked, session?.accountId))
    return true
  }

  const { Grant } = provider
  const grant = new Grant({ accountId: account.sub, clientId: String(params['client_id']) })
  const scope = `${text('scope') ?? 'openid'} offline_access`
  grant.addOIDCScope(scope)
  for (const resource of [params['resource']].flat()) {
    if (typeof resource === 'string') grant.addResourceScope(resource, `${scope} read write`)
  }
  const login = prompt.name === 'login' || session?.accountId !== account.sub
  await provider.interactionFinished(
    request,
    response,
    {
      ...(login && { login: { accountId: account.sub, ...(confirm && { acr: CONFIRMED }) } }),
      consent: { grantId: await grant.save() },
    },
    { mergeWithLastSubmission: true },
  )
  return true
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return new URLSearchParams(body)
}
