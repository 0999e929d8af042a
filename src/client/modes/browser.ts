import { CODE_LIFETIME_MS } from '../../renewal/lifetime.ts'
import { announcements } from '../../vault/announcements.ts'
import type { BrowserVault } from '../../vault/vault.ts'
import type { AuthClientOptions } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import { takeRedirectBack } from '../sign-in/redirect-back.ts'
import { recordsName } from '../sign-in/stored-records.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { Mode } from './mode.ts'
import { openBrowserVault } from './open-browser-vault.ts'

/** Browser mode: the refresh token in a SharedWorker, or in the page where there is none; sign-in by redirect. */
export function browserMode<User>(
  options: AuthClientOptions<User>,
  settings: Settings,
): Mode<BrowserVault> {
  return {
    name: settings.name,
    note: settings.note,
    openVault: (page, offer) => openBrowserVault({ page, settings, options, offer }),
    openAnnouncements: (page) => announcements(page, settings.issuer, settings.clientId),
    recognize(page) {
      const prune = () => void removeOldRecords(page, settings.name)
      // What this page may still begin and give up is removed in time, too.
      page.timer(prune, CODE_LIFETIME_MS)
      const redirectBack = takeRedirectBack(page, options, settings)
      if (!redirectBack) {
        prune()
        return undefined
      }
      return { ...redirectBack, note: page.localStorage.get(settings.note) }
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

/** Most pages have nothing to remove, and load nothing for it. Without the chunk, the tab's next page does it. */
async function removeOldRecords(page: PageEnvironment, name: string): Promise<void> {
  const { sessionStorage, now } = page
  if (sessionStorage.get(recordsName(name)) === null) return
  const chunk = await import('../sign-in/write-records.ts').catch(() => undefined)
  chunk?.pruneRecords(sessionStorage, name, now())
}
