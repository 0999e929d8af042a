import { describe, expect, test } from 'vitest'
import type { TabOptions } from '../../../src/testing/device/tab-options.ts'
import { behaviours } from '../../../src/testing/provider/behaviours.ts'
import { hash } from '../../../src/vault/hash.ts'
import { failure } from '../../support/outcomes.ts'
import { bffApps } from './bff-device.ts'

const NAME = `evertoken.bff.${hash('/bff')}`

describe('a sign-in in one tab', () => {
  test('U20 is not missed on the way back, where another tab looked for a session meanwhile', async () => {
    const { open, settled, world, bff } = bffApps()
    const one = await settled(open())
    await one.client.signIn()
    // The user is at the provider: what looks now finds nobody.
    const two = await settled(open())
    expect(two.client.getSession()).toMatchObject({ status: 'signed-out' })
    await world.advance(11_000)
    two.tab.emit('wake')
    await world.settle()
    const url = bff.login(one.tab.assigned.at(-1)!)
    const back = await settled(open(world.navigate(one.tab, url)))
    expect(back.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
    await world.settle()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  })

  test('is found on its way back also in a tab that did not begin it', async () => {
    const { open, settled, bff } = bffApps()
    const one = await settled(open())
    await one.client.signIn()
    await settled(open())
    bff.login(one.tab.assigned.at(-1)!)
    const { client } = await settled(open())
    expect(client.getSession()).toMatchObject({ status: 'signed-in' })
  })

  test('U20 is not missed where the user signed out in another tab meanwhile', async () => {
    const { signedIn, open, settled, world, bff } = bffApps()
    const two = await signedIn()
    const one = await settled(open())
    bff.claims = { sub: 'user-2' }
    await one.client.signIn()
    await two.client.signOut({ provider: false })
    const url = bff.login(one.tab.assigned.at(-1)!)
    const back = await settled(open(world.navigate(one.tab, url)))
    expect(back.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    await world.settle()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
  })

  test('reaches a tab to which the message comes before the mark', async () => {
    const { open, settled, signIn, world } = bffApps()
    const two = await settled(open())
    // Processes of a browser see each other's storage a moment later.
    Object.assign(two.tab.env.localStorage, { get: () => null, set: () => true })
    await signIn(await settled(open()))
    await world.settle()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-1' })
  })

  test('that is given up costs a request a page for ten minutes, and none afterwards', async () => {
    const { open, settled, reload, world, bff } = bffApps()
    let app = await settled(open())
    await app.client.signIn()
    for (let i = 0; i < 3; i++) app = await reload(app)
    expect(bff.log.length).toBe(3)
    await world.advance(600_000)
    for (let i = 0; i < 3; i++) app = await reload(app)
    expect(bff.log.length).toBe(4)
  })
})

describe('U19 a sign-out that does not reach the backend', () => {
  async function owed() {
    const on = bffApps()
    const app = await on.signedIn()
    on.bff.always('logout', behaviours.offline)
    await failure(app.client.signOut({ provider: false }))
    return { ...on, app }
  }

  test('is not undone by a sign-in that is given up at the provider', async () => {
    const { app, reload, world, bff } = await owed()
    await app.client.signIn()
    const again = await reload(app)
    expect(again.client.getSession()).toMatchObject({ status: 'signed-out' })
    bff.always('logout', undefined)
    again.tab.emit('wake')
    await world.settle()
    expect(bff.session).toBeUndefined()
    expect(bff.requests('logout').at(-1)?.headers.get('x-session')).toBe('session-1')
    expect(again.client.getSession()).toMatchObject({ status: 'signed-out' })
  })

  test('never ends the session that begins after it, whenever it arrives', async () => {
    const { app, signIn, world, bff } = await owed()
    bff.claims = { sub: 'user-2' }
    const again = await signIn(app)
    expect(again.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    bff.always('logout', undefined)
    again.tab.emit('wake')
    await world.settle()
    expect(bff.session).toMatchObject({ name: 'session-2' })
    expect(again.client.getSession()).toMatchObject({ status: 'signed-in', subject: 'user-2' })
    const before = bff.requests('logout').length
    await world.advance(11_000)
    again.tab.emit('wake')
    await world.settle()
    // It is done with: the backend has no such session.
    expect(bff.requests('logout').length).toBe(before)
  })

  test('of a page that knows no session is waited for by the next sign-in', async () => {
    const { open, settled, world, bff } = bffApps()
    const app = await settled(open())
    bff.always('logout', behaviours.offline)
    await failure(app.client.signOut({ provider: false }))
    expect((await failure(app.client.signIn())).code).toBe('network')
    expect(app.tab.assigned).toEqual([])
    bff.always('logout', undefined)
    await app.client.signIn()
    const url = bff.login(app.tab.assigned.at(-1)!)
    const back = await settled(open(world.navigate(app.tab, url)))
    expect(back.client.getSession()).toMatchObject({ status: 'signed-in' })
  })
})

describe('U19 a sign-out', () => {
  test('ends also a session that began in another tab, where its page had not heard of it', async () => {
    const { signedIn, open, settled, signIn, bff } = bffApps()
    const one = await signedIn()
    await signIn(await settled(open()), { channels: false })
    await one.client.signOut({ provider: false })
    expect(bff.session).toBeUndefined()
  })

  test('does not come back in a tab that sees the mark of it late, while the cookie is still there', async () => {
    const { signedIn, open, settled, world, bff } = bffApps()
    const one = await signedIn()
    const two = await settled(open())
    const { get } = two.tab.env.localStorage
    const before = new Map(['sign-in', 'sign-out'].map((mark) => [mark, get(`${NAME}.${mark}`)]))
    two.tab.env.localStorage.get = (name) => before.get(name.slice(NAME.length + 1)) ?? null
    bff.always('logout', behaviours.hang)
    void one.client.signOut({ provider: false }).catch(() => {})
    await world.settle()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-out' })
    two.tab.enterBackForwardCache()
    await world.advance(1000)
    two.tab.leaveBackForwardCache()
    await world.settle()
    expect(bff.requests('session').length).toBe(3)
    expect(bff.session).toBeDefined()
    expect(two.client.getSession()).toMatchObject({ status: 'signed-out' })
  })
})

describe('U19 a sign-out whose answer is late', () => {
  /** The user signed out in one tab: the answer, which deletes the cookie, is on its way. */
  async function late(tab: TabOptions = {}) {
    const on = bffApps()
    const { signedIn, open, settled, world, bff } = on
    const one = await signedIn()
    const two = await settled(open(tab))
    let arrive!: () => void
    const arrived = new Promise<void>((resolve) => (arrive = resolve))
    bff.always('logout', async (act) => {
      const answer = await act()
      await arrived
      // Whose cookie it is by then, the browser does not ask.
      bff.end()
      return answer
    })
    void one.client.signOut({ provider: false })
    await world.settle()
    bff.always('logout', undefined)
    const beginSignIn = async () => {
      void two.client.signIn()
      await world.settle()
    }
    return { ...on, two, arrive, beginSignIn }
  }

  test('deletes no cookie of a sign-in that began after it in another tab', async () => {
    const { two, arrive, beginSignIn, open, settled, world, bff } = await late()
    await beginSignIn()
    expect(two.tab.assigned).toEqual([])
    arrive()
    await world.settle()
    const url = bff.login(two.tab.assigned.at(-1)!)
    await world.settle()
    const back = await settled(open(world.navigate(two.tab, url)))
    expect(back.client.getSession()).toMatchObject({ status: 'signed-in' })
  })

  test('keeps a sign-in in another tab for five seconds, and not for longer', async () => {
    const { two, beginSignIn, world } = await late()
    await beginSignIn()
    await world.advance(4999)
    expect(two.tab.assigned).toEqual([])
    await world.advance(1)
    expect(two.tab.assigned.length).toBe(1)
  })

  test('keeps no sign-in where there are no locks', async () => {
    const { two, beginSignIn } = await late({ locks: false })
    await beginSignIn()
    expect(two.tab.assigned.length).toBe(1)
  })
})
