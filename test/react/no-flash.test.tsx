import { cleanup } from '@testing-library/react'
import { RequireSession, SignedIn } from 'evertoken'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { App, AppDevice } from '../client/setup.ts'
import { expire, pass, signInByPopup, watch } from './screens.tsx'
import { device, signedIn } from './setup.tsx'

// Inside act() React draws only the last of several states: here it draws all that a user could see.
const environment = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
beforeEach(() => void (environment.IS_REACT_ACT_ENVIRONMENT = false))
afterEach(() => {
  environment.IS_REACT_ACT_ENVIRONMENT = true
  cleanup()
})

const guards: [string, (children: ReactNode) => ReactNode][] = [
  ['SignedIn', (children) => <SignedIn>{children}</SignedIn>],
  [
    'RequireSession',
    (children) => (
      <RequireSession signedOut={null} error={() => null}>
        {children}
      </RequireSession>
    ),
  ],
]

const SECRET = 'secret of user-1'

interface Journey {
  name: string
  begin(): Promise<{ on: AppDevice; app: App }>
  go?(on: AppDevice, app: App): Promise<void>
  screens: string[]
  renders: { secret: number; login: number }
}

const asUser = async () => {
  const on = await signedIn()
  return { on, app: on.open() }
}
const asVisitor = async () => {
  const on = await device()
  return { on, app: on.open() }
}
const fromProvider = async (change: Record<string, string> = {}) => {
  const on = await device()
  const { client, tab } = on.open()
  await client.signIn()
  return { on, app: on.back(tab, on.answer(tab, change)) }
}

const journeys: Journey[] = [
  {
    name: 'U18 a session is restored',
    begin: asUser,
    screens: ['restoring: ', `signed-in: ${SECRET}`],
    renders: { secret: 1, login: 0 },
  },
  {
    name: 'U6 a session is restored whose access token is over',
    async begin() {
      const on = await signedIn({}, { expiresIn: 60 })
      await pass(on, 61_000)
      return { on, app: on.open() }
    },
    screens: ['restoring: ', `signed-in: ${SECRET}`],
    renders: { secret: 1, login: 0 },
  },
  {
    name: 'U18 there is no session',
    begin: asVisitor,
    screens: ['restoring: ', 'signed-out: login'],
    renders: { secret: 0, login: 1 },
  },
  {
    name: 'U18 the user comes back from the provider',
    begin: fromProvider,
    screens: ['signing-in: ', `signed-in: ${SECRET}`],
    renders: { secret: 1, login: 0 },
  },
  {
    name: 'U18 the user comes back from the provider with a refusal',
    begin: () => fromProvider({ error: 'access_denied' }),
    screens: ['signing-in: ', 'error: login'],
    renders: { secret: 0, login: 1 },
  },
  {
    name: 'U18 a visitor signs in by a popup',
    begin: asVisitor,
    go: (on, app) => signInByPopup(on, app),
    screens: ['restoring: ', 'signed-out: login', 'signing-in: ', `signed-in: ${SECRET}`],
    renders: { secret: 1, login: 1 },
  },
  {
    name: 'U19 the user signs out',
    begin: asUser,
    go: (_on, { client }) => client.signOut({ provider: false }),
    screens: ['restoring: ', `signed-in: ${SECRET}`, 'signed-out: login'],
    renders: { secret: 1, login: 1 },
  },
  {
    name: 'U19 the user signs out in another tab',
    begin: asUser,
    async go(on) {
      const { client } = on.open()
      await client.signOut({ provider: false })
    },
    screens: ['restoring: ', `signed-in: ${SECRET}`, 'signed-out: login'],
    renders: { secret: 1, login: 1 },
  },
  {
    name: 'U20 another user signs in, in another tab',
    begin: asUser,
    async go(on) {
      on.provider.options.subject = 'user-2'
      await on.signIn(on.open())
    },
    screens: ['restoring: ', `signed-in: ${SECRET}`, 'signed-in: secret of user-2'],
    renders: { secret: 2, login: 0 },
  },
  {
    name: 'U20 another user signs in by a popup',
    begin: asUser,
    async go(on, app) {
      on.provider.options.subject = 'user-2'
      await signInByPopup(on, app)
    },
    screens: [
      'restoring: ',
      `signed-in: ${SECRET}`,
      `signing-in: ${SECRET}`,
      'signed-in: secret of user-2',
    ],
    renders: { secret: 2, login: 0 },
  },
  {
    name: 'U23 the session expires, the user presses Cancel in the popup, and then signs in',
    begin: asUser,
    async go(on, app) {
      await expire(on, app)
      await signInByPopup(on, app, { error: 'access_denied' })
      await signInByPopup(on, app)
    },
    screens: [
      'restoring: ',
      ...['signed-in', 'expired', 'signing-in', 'expired', 'signing-in', 'signed-in'].map(
        (status) => `${status}: ${SECRET}`,
      ),
    ],
    // Once more for the new ID token, whose claims are a new object.
    renders: { secret: 2, login: 0 },
  },
  {
    name: 'U20 the session expires, and another user signs in',
    begin: asUser,
    async go(on, app) {
      await expire(on, app)
      on.provider.options.subject = 'user-2'
      await signInByPopup(on, app)
    },
    screens: [
      'restoring: ',
      ...['signed-in', 'expired', 'signing-in'].map((status) => `${status}: ${SECRET}`),
      'signed-in: secret of user-2',
    ],
    renders: { secret: 2, login: 0 },
  },
  {
    name: 'U19 the session expires, and the user signs out',
    begin: asUser,
    async go(on, app) {
      await expire(on, app)
      await app.client.signOut({ provider: false })
    },
    screens: ['restoring: ', `signed-in: ${SECRET}`, `expired: ${SECRET}`, 'signed-out: login'],
    renders: { secret: 1, login: 1 },
  },
]

describe.each(guards)('<%s> and <SignedOut> show nothing that is not true', (_name, guard) => {
  describe.each([false, true])('(StrictMode: %s) as', (isStrict) => {
    test.each(journeys)('$name', async ({ begin, go, screens, renders }) => {
      const { on, app } = await begin()
      const seen = watch(app, guard, isStrict)
      await pass(on, 10)
      if (go) {
        await go(on, app)
        await pass(on, 10)
      }
      expect(seen.screens).toEqual(screens)
      expect(seen.wrong()).toEqual([])
      expect({ secret: seen.renders('secret'), login: seen.renders('login') }).toEqual(renders)
    })
  })
})

test.each([false, true])(
  'U18 <RequireSession> shows no button to a visitor whom it takes to the provider (StrictMode: %s)',
  async (isStrict) => {
    const { on, app } = await asVisitor()
    const guard = (children: ReactNode) => (
      <RequireSession fallback="wait">{children}</RequireSession>
    )
    const { screens } = watch(app, (children) => guard(children), isStrict)
    await pass(on, 10)
    // `login` is what <SignedOut> says beside it, and goes as the way to the provider begins.
    expect(screens).toEqual(['restoring: wait', 'signed-out: waitlogin', 'signing-in: wait'])
    expect(app.tab.assigned).toHaveLength(1)
  },
)
