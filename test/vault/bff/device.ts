import { VirtualDevice } from '../../../src/testing/device/virtual-device.ts'
import { virtualStorage } from '../../../src/testing/device/storage.ts'
import type { ThreadOptions } from '../../../src/testing/device/thread.ts'
import { TestBff, type TestBffOptions } from '../../../src/testing/bff/test-bff.ts'
import { BffVault, type BffVaultOptions } from '../../../src/vault/bff/bff-vault.ts'
import type { StringStorage } from '../../../src/vault/string-storage.ts'
import type { TokenNeed, VaultEvent } from '../../../src/vault/vault.ts'

export const API = 'https://app.example/bff/api/things/1'

export interface OpenedBffVault {
  vault: BffVault
  tabMarks: StringStorage
  events: VaultEvent[]
}

/** A device whose network leads to a backend in memory. */
export function bffDevice(options: Partial<TestBffOptions> = {}) {
  const world: VirtualDevice = new VirtualDevice({ fetch: (url, init) => bff.fetch(url, init) })
  const bff: TestBff = new TestBff({ now: () => world.wall, ...options })

  /** A vault in a tab of its own, which has not been opened. */
  function tab(
    change: Partial<BffVaultOptions> = {},
    thread: ThreadOptions & { storage?: boolean } = {},
  ): OpenedBffVault {
    const { tabMarks = virtualStorage(new Map(), thread.storage) } = change
    const vault = new BffVault(world.thread(thread), {
      base: bff.base,
      origin: 'https://app.example',
      name: 'evertoken.bff.test',
      marks: virtualStorage(world.originStorage, thread.storage),
      tabMarks,
      ...change,
    })
    const events: VaultEvent[] = []
    vault.observe((event) => events.push(event))
    return { vault, tabMarks, events }
  }

  /** Time passes until a promise is settled. */
  async function pass<T>(promise: Promise<T>, limit = 120_000): Promise<T> {
    let over = false
    const end = () => void (over = true)
    promise.then(end, end)
    await world.until(() => over, limit)
    return promise
  }

  async function opened(...args: Parameters<typeof tab>): Promise<OpenedBffVault> {
    const made = tab(...args)
    await pass(made.vault.open())
    return made
  }

  /** To the backend's login and back: a new page in the same tab. */
  async function signIn(from: OpenedBffVault, sub = 'user-1'): Promise<OpenedBffVault> {
    await pass(from.vault.signingIn())
    from.vault.close()
    bff.signIn({ sub, name: 'Ada' })
    return opened({ tabMarks: from.tabMarks })
  }

  return {
    world,
    bff,
    tab,
    opened,
    pass,
    signIn,
    ask: (vault: BffVault, need: TokenNeed = {}) => pass(vault.getToken(need)),
    async signedIn() {
      const made = await signIn(await opened())
      made.events.length = 0
      return made
    },
  }
}
