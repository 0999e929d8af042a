import { cleanup, screen } from '@testing-library/react'
import { AuthProvider, useProtectedUrl } from 'evertoken'
import { act, StrictMode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { API, TestApi } from '../client/fetch/setup.ts'
import { pass, show, signedIn, type Here } from './setup.tsx'

/** Object URLs that are good now, and what they show. */
const made = new Map<string, Blob>()
const shown: string[] = []
let count = 0

beforeEach(() => {
  made.clear()
  shown.length = 0
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    const url = `blob:${(count += 1)}`
    made.set(url, blob as Blob)
    return url
  })
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void made.delete(url))
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function Photo({ of = 'photo' }: { of?: string | undefined }) {
  const photo = useProtectedUrl(`${API}/${of}`)
  if (photo.status === 'ready') shown.push(photo.url)
  return <b>{photo.status === 'failed' ? photo.error.message : photo.status}</b>
}

async function start() {
  const on = await signedIn({ protectedResources: [API] })
  const api = new TestApi(on.world)
  return { on, api }
}

const page = (on: Here, of?: string) => (
  <AuthProvider client={on.client}>
    <Photo of={of} />
  </AuthProvider>
)

const text = () => screen.getByText(/./).textContent

test('gives a URL of what the resource answered to a call with a token, and takes it back as it unmounts', async () => {
  const { on, api } = await start()
  const { unmount } = show(page(on))
  expect(text()).toBe('pending')
  await pass(on.world)
  expect(text()).toBe('ready')
  expect(api.tokens).toEqual([`Bearer ${await on.client.getAccessToken()}`])
  expect(await made.get(shown.at(-1)!)!.text()).toBe('got ')
  unmount()
  expect(made.size).toBe(0)
})

test('U19 shows nothing of a user who signed out', async () => {
  const { on } = await start()
  show(page(on))
  await pass(on.world)
  await act(() => on.client.signOut({ provider: false }))
  await pass(on.world)
  expect(text()).toBe('pending')
  expect(made.size).toBe(0)
})

test('shows nothing of the URL before, not for one render', async () => {
  const { on } = await start()
  const { rerender } = show(page(on, 'one'))
  await pass(on.world)
  const one = shown.at(-1)!
  shown.length = 0
  rerender(page(on, 'two'))
  await pass(on.world)
  expect(text()).toBe('ready')
  expect(shown).not.toContain(one)
  expect(made.size).toBe(1)
})

test('keeps one URL in StrictMode, where effects run twice', async () => {
  const { on } = await start()
  show(<StrictMode>{page(on)}</StrictMode>)
  await pass(on.world)
  expect(text()).toBe('ready')
  expect(made.size).toBe(1)
})

test('says what the resource answered, where it gives nothing', async () => {
  const { on, api } = await start()
  api.next(() => new Response('gone', { status: 404 }))
  show(page(on))
  await pass(on.world)
  expect(text()).toBe(`${API}/photo answered 404`)
})
