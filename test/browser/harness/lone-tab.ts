import type { Profile, Tab } from './engine.ts'
import { signIn, until, waitForStatus } from './tab.ts'
import type { World } from './world.ts'

/**
 * Makes a signed-in tab without history, because a page in the back-forward cache keeps the worker alive, too. Firefox and
 * WebKit end the worker when it reloads.
 */
export async function loneTab({ tab }: Pick<World<Profile>, 'tab'>): Promise<Tab> {
  const first = await tab('/some/page')
  await signIn(first)
  const page = await tab('/some/page')
  await waitForStatus(page, 'signed-in')
  await first.close()
  return page
}

/** The scopes of the ServiceWorkers of this origin that run. */
export const relays = (page: Tab): Promise<string[]> =>
  page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations()
    return registrations.filter(({ active }) => active).map(({ scope }) => scope)
  })

/** Waits until the relay runs and has its copy: no page sees that, so it is given a moment. */
export async function untilRelayed(page: Tab): Promise<void> {
  await until(
    () => relays(page),
    (running) => running.length > 0,
    'a relay',
  )
  await new Promise((resolve) => setTimeout(resolve, 300))
}
