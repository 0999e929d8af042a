// oidc-provider as it comes, but for one client and people who are signed in without being asked.
import { createServer, type Server } from 'node:http'
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider'
import { createBff, type Bff } from '../../src/bff/create-bff.ts'
import type { BffEvent } from '../../src/bff/events.ts'
import type { BffOptions } from '../../src/bff/options.ts'
import { toNodeHandler } from '../../src/bff/node/to-node-handler.ts'
import { createMemoryStore } from '../../src/bff/sessions/memory-store.ts'
import { closeServer, listen } from './node/server.ts'
import { KEY_ONE } from './setup.ts'

export interface SeenRequest {
  path: string
  authorization: string | undefined
  dpop: string | undefined
}

export interface OidcGiven {
  client?: Partial<ClientMetadata>
  features?: Configuration['features']
  /** Seconds. */
  accessTokenTtl?: number
}

export interface OidcWorld {
  origin: string
  issuer: string
  provider: Provider
  bff: Bff
  /** The application's. */
  server: Server
  events: BffEvent[]
  seen: SeenRequest[]
  /** That refresh tokens are of. */
  grants: Set<string>
  /** Of refresh tokens that were issued: those that still work. */
  live(): Promise<number>
  /** Who is signed in next. */
  person: string
  close(): Promise<void>
}

/** A provider that knows one client, and a backend that is it. */
export async function startOidcWorld(
  options: Partial<BffOptions> = {},
  given: OidcGiven = {},
): Promise<OidcWorld> {
  const app = createServer()
  const origin = await listen(app)
  const server = createServer()
  const issuer = await listen(server)
  const provider = createProvider(issuer, origin, given)
  const seen: SeenRequest[] = []
  const events: BffEvent[] = []
  const tokens: string[] = []
  const grants = new Set<string>()
  provider.on('refresh_token.saved', ({ jti, grantId = '' }) => {
    tokens.push(jti)
    grants.add(grantId)
  })
  const bff = createBff({
    ...{ issuer, clientId: 'web app', clientAuthentication: { method: 'none' } },
    ...{ baseUrl: origin, keys: [KEY_ONE], store: createMemoryStore() },
    onEvent: (event) => events.push(event),
    ...options,
  })
  app.on('request', toNodeHandler(bff))
  const world: OidcWorld = {
    ...{ origin, issuer, provider, bff, server: app, events, seen, grants, person: 'ada' },
    async live() {
      const found = await Promise.all(
        [...new Set(tokens)].map((jti) => provider.RefreshToken.find(jti)),
      )
      return found.filter((token) => token && !token.consumed).length
    },
    async close() {
      await bff.close()
      await Promise.all([closeServer(app), closeServer(server)])
    },
  }
  serve(server, provider, world)
  return world
}

function createProvider(issuer: string, origin: string, { client, ...given }: OidcGiven): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'web app',
        token_endpoint_auth_method: 'none',
        redirect_uris: [`${origin}/bff/callback`],
        post_logout_redirect_uris: [`${origin}/bff/logged-out`],
        grant_types: ['authorization_code', 'refresh_token'],
        ...client,
      },
    ],
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      revocation: { enabled: true },
      ...given.features,
    },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: given.accessTokenTtl ?? 60,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      RefreshToken: 600,
      Session: 600,
      Interaction: 600,
    },
    cookies: { keys: ['of no value'] },
  })
}

function serve(server: Server, provider: Provider, world: OidcWorld): void {
  const callback = provider.callback()
  server.on('request', (request, response) => {
    const { authorization, dpop } = request.headers
    world.seen.push({ path: request.url ?? '', authorization, dpop: dpop as string | undefined })
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response)
    const accountId = world.person
    const grant = new provider.Grant({ accountId, clientId: 'web app' })
    grant.addOIDCScope('openid profile email offline_access')
    void grant.save().then((grantId) =>
      provider.interactionFinished(request, response, {
        login: { accountId },
        consent: { grantId },
      }),
    )
  })
}
