import type { VaultHost } from '../../vault/worker/host.ts'
import type { Activity } from './activity.ts'
import type { VirtualPopup } from './popup.ts'
import type { Thread, ThreadOptions } from './thread.ts'
import type { VirtualWorkers } from './workers.ts'

/** What a device has for each of its tabs. */
export interface TabHome {
  readonly online: boolean
  readonly activity: Activity
  readonly originStorage: Map<string, string>
  readonly workers: VirtualWorkers
  thread(options: ThreadOptions): Thread
}

export interface TabOptions extends ThreadOptions {
  url?: string
  /** 'works': one of this device; 'throws', 'fails' (error event), 'silent', or a host of one's own. */
  worker?: 'works' | 'throws' | 'fails' | 'silent' | VaultHost
  /** Which version of the app's files this page has: another version is another worker. */
  version?: string
  /** False: the user has forbidden storage. */
  storage?: boolean
  /** A copy of another tab's session storage: `window.open`, or the page before in the same tab. */
  cloneOf?: { readonly storage: ReadonlyMap<string, string> }
  /** The window that another page opened, and in which this one is. */
  popup?: VirtualPopup
}
