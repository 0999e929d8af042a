import Provider, {
  interactionPolicy,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import type { JWK } from 'jose'
import { findAccount } from './accounts.ts'
import { escapeHtml } from './escape-html.ts'
import { isLoopback } from './loopback.ts'
import { page } from './page.ts'
import type { ProviderSettings } from './settings.ts'
import { CONFIRMED, confirmation } from './step-up.ts'
import { createStorage } from './storage.ts'

/** The front adds this parameter to a request for `offline_access`, before oidc-provider removes the scope. */
export const OFFLINE = 'standin_offline'

export interface OidcParts {
  clients: readonly string[]
  /** Resources whose access tokens are JWTs (RFC 9068). */
  apis: readonly string[]
  key: JWK
  settings: ProviderSettings
}

/** Sets oidc-provider up as single page apps find providers: public client, code and PKCE, opaque access tokens. */
export function createOidc(issuer: string, { clients, apis, key, settings }: OidcParts): Provider {
  const configuration: Configuration = {
    adapter: createStorage(),
    jwks: { keys: [key] },
    clients: clients.map((client_id) => ({
      client_id,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      // This entry is a placeholder: any loopback address is accepted below, whatever the app's port.
      redirect_uris: ['http://127.0.0.1/'],
      post_logout_redirect_uris: ['http://127.0.0.1/'],
    })),
    clientBasedCORS: (_ctx, origin) => isLoopback(origin),
    scopes: ['openid', 'offline_access'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'picture'],
      email: ['email', 'email_verified'],
    },
    // The app shows the user's name, so names are in the ID token and not only at UserInfo.
    conformIdTokenClaims: false,
    clockTolerance: 1,
    acrValues: [CONFIRMED],
    cookies: { keys: ['of no value: the process forgets everything'] },
    extraParams: [OFFLINE],
    extraTokenClaims: authenticationOf,
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      userinfo: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: confirmLogout,
        postLogoutSuccessSource: (ctx) => {
          ctx.body = page('Signed out', '<h1>You are signed out</h1>')
        },
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource, client) => ({
          scope: client.scope ?? 'openid offline_access read write',
          audience: resource,
          ...(apis.includes(resource)
            ? { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }
            : { accessTokenFormat: 'opaque' }),
        }),
        useGrantedResource: () => false,
      },
    },
    findAccount: (_ctx, sub) => {
      const account = findAccount(sub)
      return account && { accountId: sub, claims: async () => ({ ...account }) }
    },
    interactions: {
      policy: policy(settings),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    loadExistingGrant,
    rotateRefreshToken: () => settings.rotate,
    // Tokens end by their own lifetimes and by revocation, not with the browser's session.
    expiresWithSession: () => false,
    ttl: {
      AccessToken: () => settings.accessTokenTtl,
      AuthorizationCode: 60,
      Grant: 14 * 24 * 3600,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 14 * 24 * 3600,
      Session: 14 * 24 * 3600,
    },
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = page(
        'Error',
        `<h1>${escapeHtml(out.error)}</h1><p>${escapeHtml(out.error_description ?? '')}</p>`,
      )
    },
  }
  const provider = new Provider(issuer, configuration)
  // oidc-provider counts in whole seconds: a token would die up to one before its `expires_in` is over.
  Object.defineProperty(provider.AccessToken.prototype, 'isExpired', {
    get(this: { exp: number }) {
      return this.exp + 1 <= Math.floor(Date.now() / 1000)
    },
  })
  provider.Client.prototype.redirectUriAllowed = isLoopback
  provider.Client.prototype.postLogoutRedirectUriAllowed = isLoopback
  return provider
}

/** oidc-provider gives no `offline_access` without `prompt=consent` (OpenID Connect Core §11). Many providers do. */
function policy(settings: ProviderSettings) {
  const prompts = interactionPolicy.base()
  const restore = new interactionPolicy.Check('offline', 'offline access', (ctx) => {
    const { params } = ctx.oidc
    const scopes = new Set(ctx.oidc.requestParamScopes)
    if (params?.[OFFLINE] && settings.refreshTokens === 'always') {
      params['scope'] = [...scopes.add('offline_access')].join(' ')
    }
    return interactionPolicy.Check.NO_NEED_TO_PROMPT
  })
  prompts.get('login')!.checks.unshift(restore)
  prompts.get('login')!.checks.push(confirmation())
  return prompts
}

/** When and how the user signed in: a resource may want it to be more (RFC 9470 §6.1). */
function authenticationOf({ oidc }: KoaContextWithOIDC) {
  const { AuthorizationCode: code, RefreshToken: refreshToken } = oidc.entities
  const { acr, authTime } = code ?? refreshToken ?? {}
  return { ...(acr && { acr }), ...(authTime && { auth_time: authTime }) }
}

/** Gives each authorization a grant of its own, so that revocation or reuse in one does not end another tab's family. */
async function loadExistingGrant(ctx: KoaContextWithOIDC) {
  const { oidc } = ctx
  const { Grant } = oidc.provider
  const consented = oidc.result?.consent?.grantId
  if (consented) return Grant.find(consented)
  const known = oidc.session?.grantIdFor(oidc.client!.clientId)
  const before = known ? await Grant.find(known) : undefined
  if (!before) return undefined
  const { accountId, clientId, openid, resources } = before
  const grant = new Grant({ accountId, clientId, openid, resources } as never)
  await grant.save()
  return grant
}

/** The sign-in page has asked the user for consent already. */
function confirmLogout(ctx: KoaContextWithOIDC, form: string) {
  ctx.body = page(
    'Signing out',
    `<h1>Signing out …</h1>${form}
<input type="hidden" form="op.logoutForm" name="logout" value="yes">
<noscript><button form="op.logoutForm">Sign out</button></noscript>
<script>document.forms[0].submit()</script>`,
  )
}
