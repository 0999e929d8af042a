import type { AuthClientOptions } from '../../src/client/options/options.ts'
import type { UserClaims } from '../../src/vault/vault.ts'
import type { TabOptions } from '../../src/testing/device/tab-options.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import { createOnlineDevice } from '../../src/testing/online-device.ts'
import type { TestProviderOptions } from '../../src/testing/provider/options.ts'
import { TestBed, type App } from '../../src/testing/test-bed.ts'

export type { App }

/** A device on which apps are opened. */
export class AppDevice extends TestBed {
  get world(): VirtualDevice {
    return this.device
  }

  tokenRequests(): number {
    return this.provider.requests('token').length
  }

  /** The provider sends a page's last popup back to the application. */
  popupBack({ popups }: Pick<VirtualTab, 'popups'>, change: Record<string, string> = {}): App {
    const popup = popups.at(-1)!
    const url = popup.urls.at(-1)!
    const redirectUri = new URL(url).searchParams.get('redirect_uri')!
    const page = this.open({}, { url: redirectUri + this.provider.authorize(url, change), popup })
    page.client.start()
    return page
  }
}

export async function appDevice(options: TestProviderOptions = {}): Promise<AppDevice> {
  return new AppDevice(await createOnlineDevice(options))
}

/** A device with one tab where a user is signed in. */
export async function signedInApp<User = UserClaims>(
  options: Partial<AuthClientOptions<User>> = {},
  provider: TestProviderOptions = {},
  tab: TabOptions = {},
): Promise<AppDevice & App<User>> {
  const on = await appDevice(provider)
  const app = await on.signIn(on.open<User>(options, tab), options, tab)
  return Object.assign(on, app)
}
