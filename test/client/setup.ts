import { createClient } from '../../src/client/create-auth-client.ts'
import type { AuthClientOptions } from '../../src/client/options/options.ts'
import type { AuthClient } from '../../src/client/auth-client.ts'
import type { AuthError } from '../../src/errors.ts'
import type { UserClaims } from '../../src/vault/vault.ts'
import {
  scriptedProvider,
  type ScriptedProvider,
  type ScriptedProviderOptions,
} from '../support/scripted-provider.ts'
import { World, type Tab, type TabOptions } from '../support/world.ts'

/** One app in one tab: its client, and what a person does to it. */
export interface App<User = UserClaims> {
  tab: Tab
  client: AuthClient<User>
}

export class Device {
  readonly world: World
  readonly provider: ScriptedProvider

  constructor(provider: ScriptedProvider, world: World) {
    this.provider = provider
    this.world = world
  }

  open<User = UserClaims>(
    options: Partial<AuthClientOptions<User>> = {},
    tabOptions: TabOptions | Tab = {},
  ): App<User> {
    const tab = 'env' in tabOptions ? tabOptions : this.world.tab(tabOptions)
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
    await this.world.until(() => !/restoring|signing-in/.test(app.client.getSession().status))
    return app
  }

  /** The provider's answer to the last authorization request of a tab: the URL it sends the browser to. */
  answer(tab: Tab, parameters: Record<string, string | undefined> = {}): string {
    const request = new URL(tab.assigned.at(-1)!)
    const query = this.provider.authorize(request.href, parameters)
    return request.searchParams.get('redirect_uri')! + query
  }

  /** The page that a navigation of the same tab loads. */
  back<User = UserClaims>(
    tab: Tab,
    url: string,
    options: Partial<AuthClientOptions<User>> = {},
    tabOptions: TabOptions = {},
  ): App<User> {
    tab.emit('gone')
    return this.open<User>(options, { cloneOf: tab, url, ...tabOptions })
  }

  tokenRequests(): number {
    return this.provider.requests('token').length
  }
}

export async function device(options: ScriptedProviderOptions = {}): Promise<Device> {
  const made: { world?: World } = {}
  const provider = await scriptedProvider({ now: () => made.world?.wall ?? 0, ...options })
  const world = (made.world = new World((url, init) => provider.fetch(url, init)))
  return new Device(provider, world)
}

/** A device with one tab where somebody is signed in. */
export async function signedIn<User = UserClaims>(
  options: Partial<AuthClientOptions<User>> = {},
  provider: ScriptedProviderOptions = {},
  tab: TabOptions = {},
): Promise<Device & App<User>> {
  const on = await device(provider)
  const app = await on.signIn(on.open<User>(options, tab), options, tab)
  return Object.assign(on, app)
}

/** How a promise ended, for whoever looks later. */
export const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: AuthError) => ({ error }),
  )
