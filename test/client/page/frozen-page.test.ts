import { expect, test } from 'vitest'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

test('F5 takes nothing that was said to a frozen page for what is so when it thaws', async () => {
  const on = await signedIn()
  const frozen = on.open()
  await frozen.client.whenSettled()
  frozen.tab.freeze()
  const again = await on.signIn(on)
  const over = await again.client.getAccessToken()
  await again.client.signOut({ provider: false })
  await on.world.settle()
  const seen: unknown[] = []
  const see = () => seen.push(frozen.client.getTokenResponse()?.access_token)
  frozen.client.subscribe(see)
  frozen.client.subscribeAccessToken(see, {}, { watch: false })
  frozen.tab.thaw()
  await on.world.advance(1000)
  expect(frozen.client.getSession()).toMatchObject({ status: 'signed-out' })
  expect(seen).not.toContain(over)
})

test('F5 takes no sign-in that ended meanwhile out of the queue of a page that stood still', async () => {
  const on = await device()
  const first = on.open()
  const other = on.open()
  await other.client.whenSettled()
  await first.client.signIn()
  const back = on.back(first.tab, on.answer(first.tab))
  let answer!: () => void
  const answered = new Promise<void>((resolve) => (answer = resolve))
  on.provider.next('token', (act) => answered.then(act))
  back.client.start()
  const seen: unknown[] = []
  back.client.subscribe(() => seen.push(back.client.getSession().status))
  await on.world.settle()
  back.tab.muted = true
  answer()
  await on.world.settle()
  back.tab.enterBackForwardCache()
  await other.client.signOut({ provider: false })
  back.tab.leaveBackForwardCache()
  await on.world.advance(1000)
  expect(seen).not.toContain('signed-in')
  expect(back.client.getSession().status).toBe('signed-out')
})

test.each([
  ['frozen', { freeze: 'freeze', thaw: 'thaw' }],
  ['in the back-forward cache', { freeze: 'enterBackForwardCache', thaw: 'leaveBackForwardCache' }],
] as const)(
  'U19 sends no code in a page that was %s as the user signed out in another tab',
  async (_where, { freeze, thaw }) => {
    const on = await signedIn()
    const other = on.open()
    await other.client.whenSettled()
    const first = on.open()
    await first.client.whenSettled()
    await first.client.signIn()
    const back = on.back(first.tab, on.answer(first.tab))
    back.client.start()
    back.tab[freeze]()
    await other.client.signOut({ provider: false })
    await on.world.settle()
    const codes = () =>
      on.provider
        .requests('token')
        .filter(({ parameters }) => parameters.get('grant_type') === 'authorization_code')
    const before = codes().length
    back.tab[thaw]()
    await on.world.advance(1000)
    expect(codes()).toHaveLength(before)
    expect(back.client.getSession().status).toBe('signed-out')
    expect(other.client.getSession().status).toBe('signed-out')
  },
)
