import { createBff, createMemoryStore, type Bff, type ServerSession } from 'evertoken/bff'
import { headers } from 'next/headers'

const { APP_URL = 'http://localhost:3000' } = process.env

function make(): Bff {
  const { ISSUER = '', CLIENT_ID = '', CLIENT_SECRET, BFF_KEY = '' } = process.env
  return createBff({
    issuer: ISSUER,
    clientId: CLIENT_ID,
    clientAuthentication: CLIENT_SECRET
      ? { method: 'client_secret_basic', secret: CLIENT_SECRET }
      : { method: 'none' },
    baseUrl: APP_URL,
    keys: [{ kid: 'one', secret: BFF_KEY }],
    // The page that the provider leads back to is rendered for the user, too.
    sameSite: 'lax',
    // For one process. Several share evertoken/bff/redis or evertoken/bff/sqlite.
    store: createMemoryStore({ allowInProduction: true }),
  })
}

// Next gives pages and route handlers copies of this module, which must not have a store each. Made at the first use:
// a build has no secrets.
const shared = globalThis as { bff?: Bff }
export const bff = (): Bff => (shared.bff ??= make())

/** Who is signed in, for what is rendered here. */
export async function getSession(): Promise<ServerSession> {
  return await bff().getSession(new Request(APP_URL, { headers: await headers() }))
}
