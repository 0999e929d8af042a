import { setTimeout as sleep } from 'node:timers/promises'
import type { Profile, Tab } from './engine.ts'
import { hasCopy } from './relay-spy.ts'
import { signIn, status, until, waitForStatus } from './tab.ts'
import type { World } from './world.ts'

/** A vault waits half a second for its relay's copy, and takes one that comes within five all the same. */
const LATE_COPY_MS = 6000

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

/** Waits until the relay runs and has its copy. */
export async function untilRelayed(page: Tab): Promise<void> {
  await until(() => hasCopy(page), Boolean, 'a relay with a copy')
}

export const settled = (page: Tab): Promise<string> =>
  until(
    () => status(page).catch(() => 'navigating'),
    (now) => now === 'signed-in' || now === 'signed-out' || now === 'expired',
    'an end of restoring',
  )

/** A session that is lost stays lost: nothing signs in again in between. On a busy machine the copy may come late. */
export async function settledLate(page: Tab): Promise<string> {
  const first = await settled(page)
  if (first === 'signed-in') return first
  const end = Date.now() + LATE_COPY_MS
  while (Date.now() < end && (await status(page)) !== 'signed-in') await sleep(100)
  return status(page)
}

/**
 * Watches for the crash of a process that runs pages or workers, and with it perhaps the relay. WebKitGTK 2.50 aborts by an
 * assertion of its own at one of some hundred reloads: what is in memory alone is lost then.
 */
export function watchForCrash(profile: Profile): () => boolean {
  const before = profile.processes?.() ?? []
  return () => {
    const now = new Set(profile.processes?.())
    return before.some((id) => !now.has(id))
  }
}
