import type { Thread, ThreadOptions } from '../../src/testing/device/thread.ts'
import type { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import type { Grant } from '../../src/testing/provider/grants.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { Floor } from './floor.ts'

type Report = (violation: string) => void

/**
 * Looks at every refresh that a thread sends. A relay that heard the answer to a refresh token, and lives, never sends that
 * one again, nor lets a worker do so; nor does a worker that heard it itself (RFC 9700 §4.14.2). And no two follow each
 * other closer than the floor, unless another worker asks, which knows nothing of the one before.
 */
export class RefreshWatch {
  /** A relay was out of reach, so that its worker went on without it. */
  isExcused = false
  /** A thread ended in the middle of a refresh, while that was so: nobody knows what came of it. */
  isAnswerLost = false
  /** How often a worker ended, and when the last one did. */
  #generation = 0
  #endedAt = -1
  /** Workers that are about to end: what they send is none of the worker's that is there now. */
  lingering = 0
  readonly #heard = new Map<string, Thread>()
  readonly #gone = new WeakSet<Thread>()
  /** What a thread's last request was: of which worker, and when it was over. */
  readonly #last = new WeakMap<Thread, { generation: number; overAt: number }>()
  readonly #kinds = new WeakMap<Thread, ThreadOptions['kind']>()
  readonly #names = new Map<Grant, number>()
  readonly #device: VirtualDevice
  readonly #provider: TestProvider
  readonly #floor: Floor
  readonly #report: Report

  /** Watches every thread that the device starts from now on. */
  constructor(device: VirtualDevice, provider: TestProvider, report: Report) {
    this.#device = device
    this.#provider = provider
    this.#floor = new Floor(device, report)
    this.#report = report
    const start = device.thread.bind(device)
    device.thread = (options) => this.#watched(start(options), options?.kind)
  }

  workerEnded(): void {
    this.#generation++
    this.#endedAt = this.#device.monotonic
  }

  #watched(thread: Thread, kind: ThreadOptions['kind']): Thread {
    const { fetch, close } = thread
    this.#kinds.set(thread, kind)
    let underWay = 0
    return Object.assign(thread, {
      fetch: async (...[url, init]: Parameters<typeof fetch>) => {
        const refresh = refreshOf(init)
        if (!refresh) return fetch(url, init)
        const spent = refresh.get('refresh_token') ?? ''
        this.#sends(thread, spent, refresh)
        underWay++
        const generation = this.#generation
        const answer = await fetch(url, init).finally(() => {
          underWay--
          this.#last.set(thread, { generation, overAt: this.#device.monotonic })
        })
        const { next } = this.#provider.refreshTokens.get(spent) ?? {}
        if (next !== undefined && answer.ok) this.#heard.set(spent, thread)
        return answer
      },
      close: () => {
        this.#gone.add(thread)
        if (underWay > 0 && this.isExcused) this.isAnswerLost = true
        close()
      },
    })
  }

  #sends(thread: Thread, spent: string, refresh: URLSearchParams): void {
    if (this.isExcused) return
    const knows = this.#heard.get(spent)
    const kind = knows && this.#kinds.get(knows)
    if (knows && !this.#gone.has(knows) && (knows === thread || kind === 'relay')) {
      this.#report(`a ${this.#kinds.get(thread)} sends a refresh token that is spent`)
    }
    const grant = this.#provider.refreshTokens.get(spent)?.grant
    if (!grant || this.lingering > 0 || this.#isOfOneBefore(thread)) return
    this.#names.set(grant, this.#names.get(grant) ?? this.#names.size)
    const need = `${refresh.get('scope')} ${refresh.getAll('resource').join()}`
    this.#floor.note(
      `refresh of grant ${this.#names.get(grant)}, ${need}, worker ${this.#generation}`,
    )
  }

  /**
   * Whether it may be a worker's that is gone: on its way to the relay as that one ended, or behind such a one, so that
   * the worker that is there asked when it asked, and where its token is over by then, asks once more at once.
   */
  #isOfOneBefore(thread: Thread): boolean {
    const { monotonic } = this.#device
    const last = this.#last.get(thread)
    const isBehind = last?.overAt === monotonic && last.generation !== this.#generation
    return isBehind || this.#endedAt === monotonic
  }
}

function refreshOf({ body }: RequestInit): URLSearchParams | undefined {
  const sent = new URLSearchParams((body ?? '') as string | URLSearchParams)
  return sent.get('grant_type') === 'refresh_token' ? sent : undefined
}
