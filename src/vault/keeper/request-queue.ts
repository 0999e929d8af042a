import { AuthError } from '../../errors.ts'

/** More needs than this do not wait at one time, whatever pages ask for. */
const MAX_NEEDS = 2000
const RETRY_DELAY_MS = 1000

interface Turn<Value> {
  promise: Promise<Value | undefined>
  /** Sends it, or lets it be where no caller waits for it any more. */
  begin(isWanted: boolean): void
  callers: number
  started: boolean
}

/**
 * Requests of one family: one after another, for each may spend its refresh token; equal needs share one. The
 * session's own need, key '', goes before all others; a need whose callers left is not requested any more.
 */
export class RequestQueue<Value> {
  /** Under way or waiting, in the order they came. */
  readonly #turns = new Map<string, Turn<Value>>()

  has(key: string): boolean {
    return this.#turns.has(key)
  }

  /**
   * @param left aborted when the caller does not wait any more
   * @returns the answer of the request under this key that is waiting or under way, else of this one; undefined where
   * every caller left before it was sent
   */
  share(key: string, request: () => Promise<Value>, left: AbortSignal): Promise<Value | undefined> {
    const known = this.#turns.get(key)
    if (!known && key !== '' && this.#turns.size >= MAX_NEEDS) {
      return Promise.reject(tooManyNeedsError())
    }
    const turn = known ?? this.#add(key, request)
    turn.callers++
    left.addEventListener('abort', () => this.#leave(key, turn))
    this.#startNext()
    return turn.promise
  }

  #add(key: string, request: () => Promise<Value>): Turn<Value> {
    let begin!: Turn<Value>['begin']
    const promise = new Promise<Value | undefined>((resolve, reject) => {
      begin = (isWanted) => {
        if (!isWanted) return resolve(undefined)
        // The next one goes before a caller of this one asks anew.
        const over = () => this.#end(key)
        request().finally(over).then(resolve, reject)
      }
    })
    const turn: Turn<Value> = { promise, begin, callers: 0, started: false }
    this.#turns.set(key, turn)
    return turn
  }

  #leave(key: string, turn: Turn<Value>): void {
    turn.callers--
    if (turn.callers > 0 || turn.started || this.#turns.get(key) !== turn) return
    this.#turns.delete(key)
    turn.begin(false)
  }

  #startNext(): void {
    const turns = [...this.#turns.values()]
    const turn = this.#turns.get('') ?? turns[0]
    if (!turn || turns.some(({ started }) => started)) return
    turn.started = true
    turn.begin(true)
  }

  #end(key: string): void {
    this.#turns.delete(key)
    this.#startNext()
  }
}

function tooManyNeedsError(): AuthError {
  return new AuthError('timeout', {
    message: 'Too many calls wait. Try again later.',
    retryAfter: RETRY_DELAY_MS,
  })
}
