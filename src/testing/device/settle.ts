import type { Activity } from './activity.ts'
import { queueTask } from './task.ts'
import { threadsAreBusy, watchThreads } from './threads.ts'

/** Turns of the event loop that a chain of promises and streams may take without asking the device for anything. */
const TURNS = 30
/** Where threads say nothing: how often in a row nothing may happen. */
const QUIET_ROUNDS = 5
/** As many as a browser or Node has threads for cryptography, and some: one comes after whatever was under way. */
const PROBES = 6

/**
 * Resolves when the code on a device has come as far as it gets without time. Most of it runs in promises, but
 * WebCrypto works in threads, in real time, and does not say so: nothing of it may be under way when time passes.
 */
export async function settle(activity: Activity, isBusy: () => boolean): Promise<void> {
  if (watchThreads()) return turns(TURNS, isBusy)
  let quiet = 0
  while (quiet < QUIET_ROUNDS) {
    const before = activity.count
    await turns(TURNS, isBusy)
    await threadsRoundTrip()
    quiet = activity.count === before && !isBusy() ? quiet + 1 : 0
  }
}

/** Some turns of the event loop; they are counted anew while threads are at work. */
export async function turns(count: number, isBusy: () => boolean): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>(queueTask)
    if (threadsAreBusy() || isBusy()) turn = 0
  }
}

async function threadsRoundTrip(): Promise<void> {
  const probe = new Uint8Array(1024)
  await Promise.all(Array.from({ length: PROBES }, () => crypto.subtle.digest('SHA-256', probe)))
}
