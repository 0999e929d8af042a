import { createClient } from '../client/create-auth-client.ts'
import type { AuthClientOptions } from '../client/options/options.ts'
import type { AuthClient } from '../client/auth-client.ts'
import type { UserClaims } from '../vault/vault.ts'
import type { TabOptions } from './device/tab-options.ts'
import type { VirtualTab } from './device/tab.ts'
import type { VirtualDevice } from './device/virtual-device.ts'
import type { OnlineDevice } from './online-device.ts'
import type { TestProvider } from './provider/test-provider.ts'

/** One app in one tab: its client, and the page it runs in. */
export interface App<User = UserClaims> {
  tab: VirtualTab
  client: AuthClient<User>
}

/**
 * Apps on a device, in front of a provider, and what a person does with them.
 *
 * @example
 *     const bed = new TestBed(await createOnlineDevice())
 *     const app = await bed.signIn(bed.open())
 *     await bed.device.advance(3_600_000)
 *     await app.client.getAccessToken()
 */
export class TestBed {
  readonly device: VirtualDevice
  readonly provider: TestProvider

  constructor({ device, provider }: OnlineDevice) {
    this.device = device
    this.provider = provider
  }

  /** The app in a tab of its own, or in one that is there. */
  open<User = UserClaims>(
    options: Partial<AuthClientOptions<User>> = {},
    tabOptions: TabOptions | VirtualTab = {},
  ): App<User> {
    const tab = 'env' in tabOptions ? tabOptions : this.device.tab(tabOptions)
    const { issuer, clientId } = this.provider
    const client = createClient<User>({ issuer, clientId, ...options }, () => tab.env)
    return { tab, client }
  }

  /** The user clicks, signs in at the provider, and the browser comes back to a new page in the same tab. */
  async signIn<User = UserClaims>(
    { tab, client }: App<User>,
    options: Partial<AuthClientOptions<User>> = {},
    tabOptions: TabOptions = {},
  ): Promise<App<User>> {
    await client.signIn()
    const app = this.back<User>(tab, this.answer(tab), options, tabOptions)
    app.client.start()
    await this.device.until(() => {
      const { status } = app.client.getSession()
      return status !== 'restoring' && status !== 'signing-in'
    })
    return app
  }

  /** The provider's answer to the last authorization request of a tab: the URL it sends the browser to. */
  answer(tab: VirtualTab, change: Record<string, string | undefined> = {}): string {
    const url = tab.assigned.at(-1)
    if (url === undefined) throw new Error('This tab went nowhere: call signIn() first.')
    const redirectUri = new URL(url).searchParams.get('redirect_uri') ?? ''
    return redirectUri + this.provider.authorize(url, change)
  }

  /**
   * The browser comes back to the app, in the same tab. The page before is told that it goes, but not ended as by
   * `device.navigate()`: a test may still ask its client what came of it.
   */
  back<User = UserClaims>(
    tab: VirtualTab,
    url: string,
    options: Partial<AuthClientOptions<User>> = {},
    tabOptions: TabOptions = {},
  ): App<User> {
    tab.emit('gone')
    return this.open<User>(options, { cloneOf: tab, url, ...tabOptions })
  }
}
