/**
 * A device whose clock tests can turn and whose timers they can stop, in pages and in workers alike. Put before
 * anything else runs; told what to do over a BroadcastChannel, so that all threads of the origin are one device.
 */
export const CLOCK_CHANNEL = 'the device’s clock'

export interface ClockState {
  /** The wall clock's error, ms: `Date` only, as when a user sets the clock. */
  offset?: number
  /** Timers do not fire and `performance.now()` stands still, as in a device that sleeps. */
  asleep?: boolean
}

/** Runs inside the browser, so it must not refer to anything of this module. */
function installClock(initial: number, channelName: string) {
  let offset = initial
  let asleepSince: number | undefined
  let slept = 0
  const RealDate = Date
  const realNow = RealDate.now.bind(RealDate)
  const realMono = performance.now.bind(performance)
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis
  const now = () => realNow() + offset

  const FakeDate = new Proxy(RealDate, {
    construct: (target, given: [], newTarget) =>
      Reflect.construct(target, given.length ? given : [now()], newTarget) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  globalThis.Date = FakeDate
  performance.now = () => (asleepSince ?? realMono()) - slept

  const due: (() => void)[] = []
  const set = (callback: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
    realSet(() => {
      if (asleepSince === undefined) callback(...given)
      else due.push(() => callback(...given))
    }, ms)
  globalThis.setTimeout = set as unknown as typeof setTimeout
  globalThis.clearTimeout = realClear

  const channel = new BroadcastChannel(channelName)
  channel.addEventListener('message', ({ data }) => {
    const { id, state } = data as { id?: number; state?: ClockState }
    if (!state) return
    if (state.offset !== undefined) offset = state.offset
    if (state.asleep && asleepSince === undefined) asleepSince = realMono()
    if (state.asleep === false && asleepSince !== undefined) {
      slept += realMono() - asleepSince
      asleepSince = undefined
      due.splice(0).forEach((run) => realSet(run, 0))
    }
    channel.postMessage({ done: id, where: typeof document === 'undefined' ? 'worker' : 'page' })
  })
}

const source = (initial: number) =>
  `(${installClock.toString()})(${initial}, ${JSON.stringify(CLOCK_CHANNEL)});`

export const workerClock = source
export const pageClock = source
