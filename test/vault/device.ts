import type { SignInTransaction } from '../../src/oauth/types.ts'
import { beginSignIn, completeSignIn, type SignInResponse } from './front-channel.ts'
import { openPageVault } from '../../src/vault/page/page-vault.ts'
import { workerVault } from '../../src/vault/worker/client.ts'
import type {
  IssuedToken,
  TokenNeed,
  BrowserVault,
  VaultConfig,
  VaultEvent,
  VaultState,
} from '../../src/vault/vault.ts'
import type { Behaviour } from '../../src/testing/provider/behaviours.ts'
import type { TestProviderOptions } from '../../src/testing/provider/options.ts'
import type { TabOptions } from '../../src/testing/device/tab-options.ts'
import type { VirtualTab } from '../../src/testing/device/tab.ts'
import type { VirtualDeviceOptions } from '../../src/testing/device/virtual-device.ts'
import { virtualStorage } from '../../src/testing/device/storage.ts'
import { createOnlineDevice } from '../../src/testing/online-device.ts'

/** `relayed`: the worker, where the browser gives it a relay. */
export type Kind = 'worker' | 'relayed' | 'isolated' | 'shared'

export interface Opened {
  tab: VirtualTab
  vault: BrowserVault
  events: VaultEvent[]
  /** The tab is gone: nothing of it is heard, nothing reaches it. */
  close(): void
}

export interface Redirect {
  parameters: string
  transaction: SignInTransaction
  replaces?: string
}

export const SCOPE = 'openid profile email offline_access'

/** A device with tabs in front of a provider that rotates refresh tokens and detects their reuse. */
export async function vaultDevice(
  options: TestProviderOptions = {},
  deviceOptions: Pick<VirtualDeviceOptions, 'relay'> = {},
) {
  const online = await createOnlineDevice(
    {
      rotate: true,
      // Mostly without: no test then waits for cryptography.
      refreshIdToken: false,
      alg: 'ES256',
      ...options,
    },
    deviceOptions,
  )
  const { device: world, provider } = online
  const { issuer, clientId, metadata } = provider
  const config: VaultConfig = {
    issuer,
    clientId,
    name: 'evertoken.1.test',
    scope: SCOPE,
    verification: 'signature',
    metadata,
  }
  let states = 0

  /** Time passes until a promise is settled. @throws when that takes longer than the limit */
  async function pass<T>(promise: Promise<T>, limit = 120_000): Promise<T> {
    let over = false
    const end = () => void (over = true)
    promise.then(end, end)
    await world.until(() => over, limit)
    return promise
  }

  function tab(kind: Kind, change: Partial<VaultConfig> = {}, options: TabOptions = {}): Opened {
    const tab = world.tab(options)
    const own = { ...config, ...change }
    let vault: BrowserVault
    let close = () => {}
    if (kind === 'worker' || kind === 'relayed') {
      vault = workerVault(
        tab.env,
        tab.env.startWorker(own.name, undefined, () => {})!,
        own,
      )
      close = () => vault.close()
    } else {
      const thread = world.thread(options)
      const { fetch } = thread
      // The network is told who asks.
      const env = {
        ...thread,
        fetch: (url: string, init: RequestInit) => fetch(url, Object.assign(init, { tab })),
      }
      vault = openPageVault(env, own, kind, virtualStorage(world.originStorage), 'note')
      close = () => thread.close()
    }
    const events: VaultEvent[] = []
    vault.observe((event) => events.push(event))
    return { tab, vault, events, close }
  }

  async function opened(kind: Kind, change?: Partial<VaultConfig>, options?: TabOptions) {
    const made = tab(kind, change, options)
    await pass(made.vault.open())
    return made
  }

  /** To the provider and back: what the page then has. */
  async function redirect(vault: BrowserVault): Promise<Redirect> {
    const { url, transaction } = await beginSignIn(vault, config, {
      redirectUri: 'https://app.example/',
      state: `et.test.${++states}`,
      scope: SCOPE,
    })
    return { parameters: provider.authorize(url), transaction }
  }

  const complete = (vault: BrowserVault, response: SignInResponse): Promise<VaultState> =>
    completeSignIn(vault, config, response)

  async function signIn(vault: BrowserVault, change: Partial<Redirect> = {}): Promise<VaultState> {
    return pass(complete(vault, { ...(await redirect(vault)), ...change }))
  }

  return {
    world,
    provider,
    config,
    pass,
    tab,
    opened,
    redirect,
    complete,
    signIn,
    /** Of refreshes only. */
    refreshes: () =>
      provider
        .requests('token')
        .filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token'),
    ask: (vault: BrowserVault, need: TokenNeed = {}) => pass(vault.getToken(need)),
    /** The family's own refresh token now, as the provider knows it. */
    latest: () => [...provider.refreshTokens.keys()].at(-1)!,
  }
}

export type VaultDevice = Awaited<ReturnType<typeof vaultDevice>>

/** Signed in, in one tab of a device of its own. */
export async function signedInVault(kind: Kind = 'isolated', options: TestProviderOptions = {}) {
  const made = await vaultDevice(options, { relay: kind === 'relayed' })
  const opened = await made.opened(kind)
  await made.signIn(opened.vault)
  opened.events.length = 0
  return { ...made, ...opened }
}

/** A request that waits for its test. */
export function gate(): { behaviour: Behaviour; open(): void } {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { behaviour: (act) => opened.then(act), open }
}

export function states(events: VaultEvent[]): VaultState[] {
  return events.flatMap((event) => (event.type === 'state' ? [event.state] : []))
}

export const accessToken = ({ response }: IssuedToken) => response.access_token
