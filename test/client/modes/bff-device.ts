import { createClient } from '../../../src/client/create-auth-client.ts'
import type { AuthClient } from '../../../src/client/auth-client.ts'
import type { BffClientOptions } from '../../../src/client/options/bff-options.ts'
import type { TabOptions } from '../../../src/testing/device/tab-options.ts'
import type { VirtualTab } from '../../../src/testing/device/tab.ts'
import { VirtualDevice } from '../../../src/testing/device/virtual-device.ts'
import { TestBff, type TestBffOptions } from '../../../src/testing/bff/test-bff.ts'
import type { UserClaims } from '../../../src/vault/vault.ts'
import '../lazy.ts'

export interface BffApp {
  tab: VirtualTab
  client: AuthClient<UserClaims>
}

/** A device on which apps in BFF mode are opened, and their backend. */
export function bffApps(options: Partial<TestBffOptions> = {}) {
  const world: VirtualDevice = new VirtualDevice({ fetch: (url, init) => bff.fetch(url, init) })
  const bff: TestBff = new TestBff({ now: () => world.wall, ...options })

  function open(
    tabOptions: TabOptions | VirtualTab = {},
    given: Partial<BffClientOptions> = {},
  ): BffApp {
    const tab = 'env' in tabOptions ? tabOptions : world.tab(tabOptions)
    return { tab, client: createClient({ bff: '/bff', ...given }, () => tab.env) }
  }

  async function settled(app: BffApp): Promise<BffApp> {
    app.client.start()
    const done = app.client.whenSettled()
    let over = false
    void done.then(() => (over = true))
    await world.until(() => over)
    return app
  }

  /** The user clicks, signs in at the provider, and the browser loads the app again in the same tab. */
  async function signIn({ tab, client }: BffApp, options: TabOptions = {}): Promise<BffApp> {
    await client.signIn()
    const url = bff.login(tab.assigned.at(-1)!)
    return settled(open(world.navigate(tab, url, options)))
  }

  return {
    ...{ world, bff, open, settled, signIn },
    reload: (app: BffApp) => settled(open(world.reload(app.tab))),
    signedIn: async () => signIn(await settled(open())),
  }
}
