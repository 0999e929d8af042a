import { BffVault } from '../../vault/bff/bff-vault.ts'
import { SessionMemory } from '../../vault/bff/session-memory.ts'
import type { UserClaims } from '../../vault/vault.ts'
import type { BffClientOptions } from '../options/bff-options.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { subjectOf, type Session } from '../session/session.ts'
import type { OpenedVault } from './mode.ts'

export interface BffVaultParts {
  page: PageEnvironment
  options: Pick<BffClientOptions, 'bff' | 'sessionCheck'>
  name: string
  /** What a server's page shows. */
  shown: Session<unknown> | undefined
}

/** @throws AuthError where the backend does not say who is signed in */
export async function openBffVault(parts: BffVaultParts): Promise<OpenedVault<BffVault>> {
  const { page, options, name, shown } = parts
  const vault = new BffVault(page, {
    base: bffUrl(page, options),
    origin: new URL(page.location.href).origin,
    name,
    marks: page.localStorage,
    alwaysAsks: options.sessionCheck === 'always',
    known: shown && claimsOf(shown),
  })
  try {
    return { vault, state: await vault.open(), kind: 'bff' }
  } catch (error) {
    vault.close()
    throw error
  }
}

/** Absolute, without a slash at the end. */
export function bffUrl(
  page: Pick<PageEnvironment, 'location'>,
  { bff }: Pick<BffClientOptions, 'bff'>,
): string {
  return new URL(bff, page.location.href).href.replace(/\/+$/, '')
}

/** A sign-out that no vault could tell the backend of: the next one does. */
export function rememberSignOut(page: Pick<PageEnvironment, 'localStorage'>, name: string): void {
  new SessionMemory(page.localStorage, name).signOut()
}

/** The claims of the user whom a server's page shows, where it says whose they are. */
function claimsOf(session: Session<unknown>): UserClaims | undefined {
  const sub = subjectOf(session)
  if (session.status !== 'signed-in' || sub === undefined) return undefined
  return { ...(session.user as object), sub }
}
