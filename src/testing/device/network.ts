import type { VaultEnvironment } from '../../vault/environment.ts'
import type { Activity } from './activity.ts'

export type Fetch = VaultEnvironment['fetch']

/** The way from a device to its provider. */
export class VirtualNetwork {
  online = true
  /** What answers; a test may put itself between. */
  fetch: Fetch
  readonly #activity: Activity

  constructor(fetch: Fetch, activity: Activity) {
    this.fetch = fetch
    this.#activity = activity
  }

  async request(url: string, init: RequestInit): Promise<Response> {
    this.#activity.note()
    try {
      if (!this.online) throw new TypeError('Failed to fetch')
      return await this.fetch(url, init)
    } finally {
      this.#activity.note()
    }
  }
}
