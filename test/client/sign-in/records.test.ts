import { expect, test } from 'vitest'
import '../lazy.ts'
import { outcome } from '../../support/outcomes.ts'
import { appDevice, signedInApp } from '../setup.ts'

const HOUR = 3_600_000
const ELSEWHERE =
  'The answer came back at https://app.example/en/callback, `redirectUri` is https://app.example/callback.'

test.each([
  ['forward by an hour', HOUR],
  ['back by an hour', -HOUR],
])('F21 finishes a sign-in although the clock was set %s meanwhile', async (_name, ms) => {
  const on = await appDevice()
  const { tab, client } = on.open({}, { url: 'https://app.example/orders' })
  await client.signIn()
  const url = on.answer(tab)
  on.world.jump(ms)
  const back = on.back(tab, url)
  expect(await back.client.whenSettled()).toMatchObject({ status: 'signed-in' })
  await on.world.settle()
  expect(back.tab.href).toBe('https://app.example/orders')
})

test('F25 removes verifier, nonce and state of a sign-in that was given up, after ten minutes', async () => {
  const on = await appDevice()
  const { tab, client } = on.open()
  await client.signIn()
  const stored = () => JSON.stringify([...tab.storage])
  expect(stored()).toContain('code_verifier')
  // The user came back by the address bar: another page load in the same tab.
  const { tab: later, client: visitor } = on.back(tab, 'https://app.example/')
  await visitor.whenSettled()
  await on.world.advance(10 * 60_000 + 1)
  expect(JSON.stringify([...later.storage])).not.toContain('code_verifier')
  const reloaded = on.back(tab, 'https://app.example/')
  await reloaded.client.whenSettled()
  expect(JSON.stringify([...reloaded.tab.storage])).not.toContain('code_verifier')
})

test('F23 changes users, and comes back to where the user was, in a tab without sessionStorage', async () => {
  const on = await signedInApp({}, {}, { storage: false })
  on.provider.options.subject = 'user-2'
  const { tab, client } = on.open({}, { storage: false, url: 'https://app.example/orders' })
  await client.whenSettled()
  await client.signIn({ prompt: 'login' })
  const back = on.back(tab, on.answer(tab), {}, { storage: false })
  expect(await back.client.whenSettled()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
  await on.world.settle()
  expect(back.tab.href).toBe('https://app.example/orders')
})

test('F23 refuses a redirect that no person asked for where nothing can count it, and says so', async () => {
  const on = await appDevice()
  const { client } = on.open({}, { storage: false })
  const refused = outcome(client.signIn({ automatic: true }))
  await on.world.settle()
  expect(await refused).toMatchObject({ error: { code: 'storage_unavailable' } })
})

test.each([
  ['/callback', '/callback/'],
  ['/callback', '/en/callback'],
  ['/callback', '/callback/index.html'],
  ['/app/', '/app/index.html'],
])(
  'H1 finishes a sign-in that this tab began where the host sends its answer: from %s to %s',
  async (redirectUri, path) => {
    const on = await appDevice()
    const options = { redirectUri }
    const { tab, client } = on.open(options)
    await client.signIn({ returnTo: '/orders' })
    const url = new URL(on.answer(tab))
    url.pathname = path
    const back = on.back(tab, url.href, options)
    expect(await back.client.whenSettled()).toMatchObject({ status: 'signed-in' })
    await on.world.settle()
    expect(back.tab.href).toBe('https://app.example/orders')
  },
)

test('H1 leaves an answer alone that is on another path and that this tab did not begin', async () => {
  const on = await appDevice()
  const { client } = on.open({ redirectUri: '/callback' })
  await client.whenSettled()
  const mark = [...on.world.hosts.keys()][0]!.split('.').at(-1)!
  const url = `https://app.example/other?code=c&state=et.${mark}.0123456789abcdef`
  const other = on.open({ redirectUri: '/callback' }, { url })
  await other.client.whenSettled()
  expect(other.tab.href).toBe(url)
})

test('H1 says on the way to a loop where the answer came back, and what redirectUri is', async () => {
  const on = await appDevice()
  const options = { redirectUri: '/callback' }
  let { tab, client } = on.open(options)
  const landsElsewhere = () => {
    const url = new URL(on.answer(tab))
    url.pathname = '/en/callback'
    // The application empties the storage of its page as it loads.
    for (const name of tab.storage.keys()) if (name.endsWith('.sign-in')) tab.storage.delete(name)
    const back = on.back(tab, url.href, options)
    tab = back.tab
    client = back.client
  }
  for (let round = 0; round < 2; round++) {
    await client.signIn({ automatic: true })
    landsElsewhere()
    expect((await client.whenSettled()).status).toBe('signed-out')
  }
  expect(await outcome(client.signIn({ automatic: true }))).toMatchObject({
    error: { code: 'redirect_loop', message: expect.stringContaining(ELSEWHERE) },
  })
})

test('H1 says the same where the browser stores nothing', async () => {
  const on = await appDevice()
  const options = { redirectUri: '/callback' }
  const { tab, client } = on.open(options, { storage: false })
  await client.signIn()
  const url = new URL(on.answer(tab))
  url.pathname = '/en/callback'
  const back = on.back(tab, url.href, options, { storage: false })
  expect(await outcome(back.client.signIn({ automatic: true }))).toMatchObject({
    error: { code: 'storage_unavailable', message: expect.stringContaining(ELSEWHERE) },
  })
})

test('H2 refuses a sign-in at the click in a page that another one frames', async () => {
  const on = await appDevice()
  const { tab, client } = on.open()
  tab.framed = true
  const refused = outcome(client.signIn())
  await on.world.settle()
  expect(await refused).toMatchObject({
    error: { code: 'authorization_failed', message: expect.stringContaining('frame') },
  })
  expect(tab.assigned).toEqual([])
})

test.each(['login_required', 'invalid_request', 'a_word_of_its_own'])(
  'A-22 ends a silent sign-in that the provider refuses as %s signed out, with the reason noted',
  async (error) => {
    const on = await signedInApp({ silentSignIn: 'redirect' })
    on.tab.emit('gone')
    on.world.hosts.clear()
    const lost = on.open({ silentSignIn: 'redirect' }, { cloneOf: on.tab })
    lost.client.start()
    await on.world.settle()
    expect(new URL(lost.tab.assigned.at(-1)!).searchParams.get('prompt')).toBe('none')
    const url = on.answer(lost.tab, { error, error_description: 'id_token mandatory' })
    const back = on.back(lost.tab, url, { silentSignIn: 'redirect' })
    expect((await back.client.whenSettled()).status).toBe('signed-out')
    expect(back.client.diagnostics().errors.at(-1)).toMatchObject({ error })
  },
)

test('A-22 says with prompt=none whose session is meant', async () => {
  const on = await signedInApp()
  await on.client.signIn({ prompt: 'none' })
  const { searchParams } = new URL(on.tab.assigned.at(-1)!)
  expect(searchParams.get('id_token_hint')?.split('.')).toHaveLength(3)
})

test('H3 says that a redirectUri with a custom scheme is not supported', async () => {
  const on = await appDevice()
  const { client } = on.open({ redirectUri: 'com.example.app://callback' })
  await expect(client.signIn()).rejects.toThrow(/custom schemes are not supported/)
})
