import { announcements } from '../../vault/announcements.ts'
import type { BffVault } from '../../vault/bff/bff-vault.ts'
import { rememberSignOut } from '../../vault/bff/marks.ts'
import { hash } from '../../vault/hash.ts'
import { loadChunk } from '../lazy.ts'
import type { BffClientOptions } from '../options/bff-options.ts'
import type { Session } from '../session/session.ts'
import { statePrefix } from '../sign-in/redirect-back.ts'
import type { Mode } from './mode.ts'

/** BFF mode: the refresh token behind a backend of the application's own; sign-in is one navigation there. */
export function bffMode<User>(options: BffClientOptions<User>): Mode<BffVault> {
  const name = `evertoken.bff.${hash(options.bff)}`
  let shown: Session<unknown> | undefined
  return {
    name,
    hydrate: (session) => (shown = session),
    async openVault(page) {
      const chunk = await loadChunk(page, () => import('./open-bff-vault.ts'))
      const parts = { page, options, name, shown }
      // The next vault of this page asks: what a server knew is old by then.
      shown = undefined
      return chunk.openBffVault(parts)
    },
    openAnnouncements(page) {
      const { announce, ...rest } = announcements(page, name, 'bff')
      return {
        ...rest,
        // Only where no vault is open to do it: the backend has yet to hear of the sign-out.
        announce(announcement) {
          rememberSignOut(page.localStorage, name, undefined)
          announce(announcement)
        },
      }
    },
    // Nothing comes back in the URL but, in a popup, whose answer it is.
    recognize(page) {
      const [url, state] = page.location.href.split('#')
      if (!state?.startsWith(statePrefix(name))) return undefined
      page.replaceUrl(url!)
      return { state, parameters: '' }
    },
    async loadSignIn(parts) {
      const chunk = await import('./bff-sign-in.ts')
      return chunk.createBffSignIn(parts, { ...options, name }, parts.connection)
    },
  }
}
