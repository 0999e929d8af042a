import type { KnownSession } from '../../vault/bff/bff-session.ts'
import { BffVault } from '../../vault/bff/bff-vault.ts'
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
    tabMarks: page.sessionStorage,
    alwaysAsks: options.sessionCheck === 'always',
    known: shown && knownSession(shown),
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

/** The session that a server's page shows, where it says whose it is. */
function knownSession(shown: Session<unknown>): KnownSession | undefined {
  const sub = subjectOf(shown)
  if (shown.status !== 'signed-in' || sub === undefined) return undefined
  const { session } = shown as { session?: string }
  return { claims: { ...(shown.user as object), sub }, session }
}
