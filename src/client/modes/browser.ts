import type { BrowserVault } from '../../vault/vault.ts'
import { lazy } from '../lazy.ts'
import type { AuthClientOptions } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import { takeRedirectBack } from '../sign-in/redirect-back.ts'
import type { Mode } from './mode.ts'
import { openBrowserVault } from './open-browser-vault.ts'

/** Browser mode: the refresh token in a SharedWorker, or in the page where there is none; sign-in by redirect. */
export function browserMode<User>(
  options: AuthClientOptions<User>,
  settings: Settings,
): Mode<BrowserVault> {
  return {
    name: settings.name,
    openVault(page, offer) {
      const loadPageVault = lazy(page, () => import('./page-vault-chunk.ts'))
      return openBrowserVault({ page, settings, options, loadPageVault, offer })
    },
    createSignInFlow(page, access) {
      const load = lazy(page, () => import('../sign-in/redirect-flow.ts'))
      const flow = async () =>
        (await load()).createRedirectFlow({ page, options, settings, access })
      return {
        recognize() {
          const back = takeRedirectBack(page, options, settings.mark)
          // It is needed as soon as the vault is open; what fails here is asked for again then.
          if (back) load().catch(() => {})
          return back
        },
        begin: async (request) => (await flow()).begin(request),
        finish: async (back, signal) => (await flow()).finish(back, signal),
      }
    },
  }
}
