import { cleanup } from '@testing-library/react'
import { AuthProvider, RequireSession, SignedIn, SignedOut, useUser, type Session } from 'evertoken'
import { Profiler, StrictMode, type ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { queueTask } from '../../src/testing/device/task.ts'
import type { App, AppDevice } from '../client/setup.ts'
import { outcome } from '../support/outcomes.ts'
import { device, show, signedIn } from './setup.tsx'

type User = { sub: string }

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

/** An app that shows a secret to its user and a login to others: what was on the screen, and what was rendered, when. */
function watch({ client }: App, guard: (children: ReactNode) => ReactNode, isStrict: boolean) {
  const screens: string[] = []
  const rendered: { what: 'secret' | 'login'; of?: string | undefined; to: Session<User> }[] = []
  const look = () => {
    const screen = `${client.getSession().status}: ${document.body.textContent}`
    if (screen !== screens.at(-1)) screens.push(screen)
  }
  function useSeen(what: 'secret' | 'login', of?: string) {
    rendered.push({ what, of, to: client.getSession() })
  }
  function Secret() {
    const of = (useUser() as User | undefined)?.sub
    useSeen('secret', of)
    return `secret of ${of}`
  }
  function Login() {
    useSeen('login')
    return 'login'
  }
  const tree = (
    <AuthProvider client={client}>
      {guard(<Secret />)}
      <SignedOut>
        <Login />
      </SignedOut>
    </AuthProvider>
  )
  // At each commit, and in the task after each change of the session: there a browser may paint.
  client.subscribe(() => queueTask(look))
  show(
    <Profiler id="app" onRender={look}>
      {isStrict ? <StrictMode>{tree}</StrictMode> : tree}
    </Profiler>,
  )
  look()
  return {
    screens,
    /** Renders in a state that is not the content's own. */
    wrong: () =>
      rendered.filter(({ what, of, to }) =>
        what === 'login'
          ? to.status !== 'signed-out' && to.status !== 'error'
          : !('user' in to) || to.subject !== of,
      ),
    renders: (what: 'secret' | 'login') => {
      const all = rendered.filter((one) => one.what === what).length
      // StrictMode renders each twice.
      return isStrict ? all / 2 : all
    },
  }
}

/** Time passes, and React draws as it does in a browser. */
async function pass({ world }: AppDevice, ms = 0): Promise<void> {
  await world.advance(ms)
  for (let i = 0; i < 3; i++) {
    await world.settle()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

async function signInByPopup(on: AppDevice, { client, tab }: App, change = {}): Promise<void> {
  const ended = outcome(client.signIn({ mode: 'popup' }))
  await pass(on)
  on.popupBack(tab, change)
  await pass(on)
  await ended
}

async function expire(on: AppDevice, { client }: App): Promise<void> {
  for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
  await pass(on, 3_600_001)
  await outcome(client.getAccessToken())
  await pass(on)
}

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
