import { CODE_LIFETIME_MS } from '../../renewal/lifetime.ts'
import { announcements } from '../../vault/announcements.ts'
import type { BrowserVault } from '../../vault/vault.ts'
import type { AuthClientOptions } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import { takeRedirectBack } from '../sign-in/redirect-back.ts'
import { pruneRecords } from '../sign-in/stored-records.ts'
import type { Mode } from './mode.ts'
import { openBrowserVault } from './open-browser-vault.ts'

/** Browser mode: the refresh token in a SharedWorker, or in the page where there is none; sign-in by redirect. */
export function browserMode<User>(
  options: AuthClientOptions<User>,
  settings: Settings,
): Mode<BrowserVault> {
  return {
    name: settings.name,
    openVault: (page, offer) => openBrowserVault({ page, settings, options, offer }),
    openAnnouncements: (page) => announcements(page, settings.issuer, settings.clientId),
    recognize(page) {
      const prune = () => pruneRecords(page.sessionStorage, settings.name, page.now())
      // What this page may still begin and give up is removed in time, too.
      page.timer(prune, CODE_LIFETIME_MS)
      const redirectBack = takeRedirectBack(page, options, settings)
      if (!redirectBack) prune()
      return redirectBack
    },
    async loadSignIn(parts) {
      const chunk = await import('./browser-sign-in.ts')
      return chunk.createBrowserSignIn(parts, {
        ...{ page: parts.page, options, settings },
        access: parts.connection,
      })
    },
  }
}
