import 'fake-indexeddb/auto'
import { createAsyncStoragePersister } from '@tanstack/query-async-storage-persister'
import { createSyncStoragePersister } from '@tanstack/query-sync-storage-persister'
import { MutationObserver, onlineManager, QueryClient } from '@tanstack/react-query'
import { persistQueryClient, persistQueryClientSave } from '@tanstack/react-query-persist-client'
import { bindQueryClient, protectedMutationFn, sessionPersister } from 'evertoken/query'
import { clear, del, entries, get, set } from 'idb-keyval'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API, type callingApp } from '../client/fetch/setup.ts'
import { queryingApp } from './setup.ts'
import { eventually } from '../support/eventually.ts'

type App = Awaited<ReturnType<typeof callingApp>>

const local = new Map<string, string>()
const storage = {
  getItem: (name: string) => local.get(name) ?? null,
  setItem: (name: string, value: string) => void local.set(name, value),
  removeItem: (name: string) => void local.delete(name),
}
const database = {
  getItem: (name: string) => get<string>(name),
  setItem: (name: string, value: string) => set(name, value),
  removeItem: (name: string) => del(name),
}
const inLocalStorage = () => createSyncStoragePersister({ storage, throttleTime: 1 })
const inIndexedDb = () => createAsyncStoragePersister({ storage: database, throttleTime: 1 })
/** TanStack's own example: each change is a write of its own. */
const atOnce = () => ({
  persistClient: (client: object) => set('copy', JSON.stringify(client)),
  restoreClient: async () => {
    const text = await get<string>('copy')
    return text === undefined ? undefined : (JSON.parse(text) as never)
  },
  removeClient: () => del('copy'),
})

const stored = async () => JSON.stringify([[...local], await entries()])
const turn = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms))

beforeEach(async () => {
  local.clear()
  await clear()
})
afterEach(() => onlineManager.setOnline(true))

/** A page of an app whose cache is persisted. */
function page({ client }: Pick<App, 'client'>, create: () => ReturnType<typeof inIndexedDb>) {
  const queryClient = new QueryClient()
  const persister = sessionPersister(client, create())
  const unbind = bindQueryClient(client, queryClient, { persisters: [persister] })
  const [stop, restored] = persistQueryClient({ queryClient: queryClient as never, persister })
  const close = () => {
    stop()
    unbind()
  }
  return { queryClient, persister, restored, close }
}

describe.each([
  ['localStorage', inLocalStorage],
  ['IndexedDB', inIndexedDb],
  ['IndexedDB, written at each change', atOnce],
])('U15 a copy of the cache in %s', (_, create) => {
  test('is restored for its user in another page, and gone after a sign-out', async () => {
    const app = await queryingApp()
    const first = page(app, create)
    await first.restored
    first.queryClient.setQueryData(['orders'], { of: 'user-1' })
    await eventually(async () => expect(await stored()).toContain('user-1'))
    first.close()
    const second = page(app, create)
    await second.restored
    expect(second.queryClient.getQueryData(['orders'])).toEqual({ of: 'user-1' })
    await app.signOut()
    await eventually(async () => expect(await stored()).not.toContain('"of'))
    await turn(50)
    expect(await stored()).not.toContain('user-1')
    second.close()
  })

  test('is not restored for another user, and nothing of it is kept', async () => {
    const app = await queryingApp()
    const first = page(app, create)
    await first.restored
    first.queryClient.setQueryData(['orders'], { of: 'user-1' })
    await eventually(async () => expect(await stored()).toContain('user-1'))
    // The page is closed before it hears of the other user.
    first.close()
    await app.changeUser()
    const second = page(app, create)
    await second.restored
    expect(second.queryClient.getQueryData(['orders'])).toBeUndefined()
    expect(await stored()).not.toContain('"user-1')
    second.close()
  })

  test('at no time holds one user’s data as the next one’s', async () => {
    const app = await queryingApp()
    const writes: { subject?: string; clientState: object }[] = []
    const { queryClient, restored, persister, close } = page(app, () => {
      const inner = create()
      const persistClient: typeof inner.persistClient = (client) => {
        writes.push(structuredClone(client))
        return inner.persistClient(client)
      }
      return { ...inner, persistClient }
    })
    await restored
    for (const key of ['a', 'b', 'c']) queryClient.setQueryData([key], { of: 'user-1' })
    await persistQueryClientSave({ queryClient: queryClient as never, persister })
    await app.changeUser()
    await turn(20)
    const foreign = writes.filter(
      ({ subject, clientState }) =>
        subject !== 'user-1' && JSON.stringify(clientState).includes('user-1'),
    )
    expect(writes.some(({ subject }) => subject === 'user-1')).toBe(true)
    expect(foreign).toEqual([])
    close()
  })

  test.each([
    ['the same user’s', 'user-1', ['one']],
    ['another user’s', 'user-2', []],
  ])('has mutations that were paused: as %s page they run %#', async (_name, subject, bodies) => {
    const app = await queryingApp()
    const first = page(app, create)
    await first.restored
    onlineManager.setOnline(false)
    const key = { mutationKey: ['name'] }
    const rename = {
      mutationFn: protectedMutationFn(app.client, (body: string) => [
        `${API}/name`,
        { method: 'PUT', body },
      ]),
    }
    first.queryClient.setMutationDefaults(key.mutationKey, rename as never)
    void new MutationObserver(first.queryClient, key).mutate('one' as never)
    await eventually(async () => expect(await stored()).toContain('one'))
    first.close()
    if (subject !== 'user-1') await app.changeUser()
    // The page is loaded again, and the network is back.
    const second = page(app, create)
    second.queryClient.setMutationDefaults(key.mutationKey, rename as never)
    onlineManager.setOnline(true)
    await second.restored
    await second.queryClient.resumePausedMutations()
    const sent = app.api.calls.filter(({ method }) => method === 'PUT')
    expect(sent.map(({ body }) => body)).toEqual(bodies)
    second.close()
  })
})

test('U15 a storage that refuses to be emptied breaks nothing, and restores nothing', async () => {
  const app = await queryingApp()
  const persister = sessionPersister(app.client, {
    ...inLocalStorage(),
    removeClient: () => Promise.reject(new Error('refused')),
  })
  bindQueryClient(app.client, app.queryClient, { persisters: [persister] })
  await app.signOut()
  expect(app.client.getSession().status).toBe('signed-out')
})
