import type { Channel, VaultEnvironment } from '../../vault/environment.ts'
import type { Activity } from './activity.ts'
import type { VirtualChannels } from './channels.ts'
import type { VirtualLocks } from './locks.ts'
import type { VirtualNetwork } from './network.ts'
import { Wire } from './wire.ts'

/** What a device has for each of its threads. */
export interface ThreadHome {
  readonly wall: number
  readonly monotonic: number
  readonly random: number
  readonly activity: Activity
  readonly network: VirtualNetwork
  readonly channels: VirtualChannels
  readonly locks: VirtualLocks
  timer(callback: () => void, ms: number): () => void
}

export interface ThreadOptions {
  /** Whose it is, for tests that watch who asks. */
  kind?: 'page' | 'worker' | 'relay'
  /** False: this browser has no BroadcastChannel. */
  channels?: boolean
  /** How long a message of its channels takes to leave it, ms: a page whose process gets no time. */
  sendDelayMs?: number
  /** False: this browser has no Web Locks. */
  locks?: boolean
}

/** The environment of one thread, a worker's or a page's. */
export interface Thread extends VaultEnvironment {
  /** Frozen: its timers and the messages of its channels wait for `thaw`. @param isDeaf the messages are dropped instead */
  freeze(isDeaf?: boolean): void
  thaw(): void
  /** Gone: nothing reaches it any more, and its channels and locks are free. */
  close(): void
}

export function createThread(home: ThreadHome, options: ThreadOptions): Thread {
  const { activity } = home
  const { channels = true, locks = true, sendDelayMs = 0 } = options
  const closing = new AbortController()
  const gone = new Promise<void>((resolve) => {
    closing.signal.addEventListener('abort', () => resolve())
  })
  const events = new Wire(activity)
  let isDeaf = false
  /** An event of this thread: lost when it is gone, late when it is frozen, and after those that came before. */
  const dispatch = (event: () => void) => {
    if (closing.signal.aborted) return
    if (events.isClear) event()
    else events.send(() => closing.signal.aborted || event())
  }
  const hear = (message: () => void) => isDeaf || dispatch(message)
  const observed = <Value>(value: Value): Value => {
    activity.note()
    return value
  }
  const timer = (callback: () => void, ms: number) =>
    observed(home.timer(() => dispatch(callback), ms))

  return {
    fetch: async (url, init) => {
      const answer = home.network.request(url, init)
      await Promise.race([answer.catch(() => {}), gone])
      return closing.signal.aborted ? new Promise(() => {}) : answer
    },
    now: () => observed(home.wall),
    monotonic: () => observed(home.monotonic),
    random: () => observed(home.random),
    deadline: (ms) => {
      const abort = new AbortController()
      timer(() => abort.abort(new DOMException('late', 'TimeoutError')), ms)
      return abort.signal
    },
    timer,
    channel(name) {
      if (!channels) return undefined
      const channel = home.channels.open(name)
      const open = sendDelayMs > 0 ? sendingLate(home, channel, sendDelayMs) : channel
      return openChannel(open, closing.signal, hear)
    },
    locks: locks ? virtualLockManager(home.locks, closing.signal, gone) : undefined,
    freeze(drops = false) {
      isDeaf = drops
      events.mode = 'hold'
    },
    thaw() {
      isDeaf = false
      events.release()
    },
    close: () => closing.abort(),
  }
}

/** What was posted leaves late, and in order; not at all, where the channel is closed by then. */
function sendingLate(home: ThreadHome, channel: Channel, ms: number): Channel {
  let isClosed = false
  return {
    ...channel,
    post(message) {
      const copy: unknown = structuredClone(message)
      home.timer(() => isClosed || channel.post(copy), ms)
    },
    close() {
      isClosed = true
      channel.close()
    },
  }
}

/** A channel of a thread: closed with it. @param hear how a message gets to it */
function openChannel(
  channel: Channel,
  closed: AbortSignal,
  hear: (message: () => void) => void,
): Channel {
  const close = () => {
    closed.removeEventListener('abort', close)
    channel.close()
  }
  closed.addEventListener('abort', close)
  return {
    ...channel,
    close,
    listen: (listener) => channel.listen((message) => hear(() => listener(message))),
  }
}

/** The locks of a thread: when it is gone, those it held are free, and those it waited for are not taken. */
function virtualLockManager(
  locks: VirtualLocks,
  closed: AbortSignal,
  gone: Promise<void>,
): Pick<LockManager, 'request'> {
  const request = (
    name: string,
    options: { signal?: AbortSignal },
    run: () => Promise<unknown>,
  ): Promise<unknown> =>
    locks.request(name, options, async () =>
      closed.aborted ? undefined : Promise.race([run(), gone]),
    )
  return { request } as unknown as LockManager
}
