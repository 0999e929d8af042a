import { act, render } from '@testing-library/react'
import type { AuthClient } from 'evertoken'
import { useLayoutEffect, type ReactNode } from 'react'
import '../client/lazy.ts'
import type { App, AppDevice } from '../client/setup.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'

export { appDevice as device, signedInApp as signedIn } from '../client/setup.ts'

/** Time passes, and React draws what it changed; what that begins goes on, and is drawn too. */
export async function pass(world: VirtualDevice, ms = 0): Promise<void> {
  await act(() => world.advance(ms))
  // Effects run when act() ends, which does not wait for what they began.
  for (let i = 0; i < 3; i++) await act(() => world.settle())
}

export type Here = AppDevice & App

/** Counts commits, which is what a user could see. */
export function counter() {
  const counts = new Map<string, number>()
  return {
    of: (name: string) => counts.get(name) ?? 0,
    reset: () => counts.clear(),
    /** Call it in a component. */
    useCount(name: string) {
      useLayoutEffect(() => void counts.set(name, (counts.get(name) ?? 0) + 1))
    },
  }
}

export function show(element: ReactNode) {
  return render(element)
}

/** Sign-in in another tab of the same device, as the user that the provider says. */
export async function signInElsewhere(on: Here): Promise<AuthClient<{ sub: string }>> {
  let app: App | undefined
  await act(async () => {
    app = await on.signIn(on.open())
    await on.world.settle()
  })
  return app!.client
}

export async function expire(on: Here): Promise<void> {
  await act(async () => {
    for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
    await on.world.advance(3_600_001)
    await on.client.getAccessToken().catch(() => {})
    await on.world.settle()
  })
}
