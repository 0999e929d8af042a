import { AuthProvider, SignedOut, useUser, type Session } from 'evertoken'
import { Profiler, StrictMode, type ReactNode } from 'react'
import { queueTask } from '../../src/testing/device/task.ts'
import type { App, AppDevice } from '../client/setup.ts'
import { outcome } from '../support/outcomes.ts'
import { show } from './setup.tsx'

type User = { sub: string }

/** An app that shows a secret to its user and a login to others: what was on the screen, and what was rendered, when. */
export function watch(
  { client }: App,
  guard: (children: ReactNode) => ReactNode,
  isStrict: boolean,
) {
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
export async function pass({ world }: AppDevice, ms = 0): Promise<void> {
  await world.advance(ms)
  for (let i = 0; i < 3; i++) {
    await world.settle()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

export async function signInByPopup(
  on: AppDevice,
  { client, tab }: App,
  change = {},
): Promise<void> {
  const ended = outcome(client.signIn({ mode: 'popup' }))
  await pass(on)
  on.popupBack(tab, change)
  await pass(on)
  await ended
}

export async function expire(on: AppDevice, { client }: App): Promise<void> {
  for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
  await pass(on, 3_600_001)
  await outcome(client.getAccessToken())
  await pass(on)
}
