// One call of the store, the provider or an upstream goes wrong, or the page leaves while it is under way.
import type { BffEnvironment } from '../../../src/bff/environment.ts'
import type { SessionStore } from '../../../src/bff/sessions/session-store.ts'

export const TROUBLES = [
  /** The page that asked is gone: its request is aborted, and nobody reads the answer. */
  'leaves',
  /** Nothing was done. */
  'fails',
  /** It was done, and nobody hears of it. */
  'fails after acting',
  /** A deadline passes first, and then it is done. */
  'acts after failing',
] as const
export type Trouble = (typeof TROUBLES)[number]

/** How long after it failed a call acts. */
const LATE_MS = 500

/** What a call was of, and its name, for what is printed. */
type Call = string

export class Troubles {
  /** Calls since it was armed. */
  calls: Call[] = []
  /** The call that the trouble came to. */
  struck: Call | undefined
  #at = -1
  #trouble: Trouble = 'fails'
  #leave = () => {}
  readonly #late = new Set<Promise<unknown>>()
  readonly #timer: BffEnvironment['timer']

  constructor(timer: BffEnvironment['timer']) {
    this.#timer = timer
  }

  /** @param at how many calls go well before it */
  arm(at: number, trouble: Trouble, leave: () => void): void {
    Object.assign(this, { calls: [], struck: undefined })
    this.#at = at
    this.#trouble = trouble
    this.#leave = leave
  }

  disarm(): void {
    this.#at = -1
  }

  /** What was to be done after all is done. */
  async settled(): Promise<void> {
    await Promise.all(this.#late)
  }

  store(store: SessionStore): SessionStore {
    return new Proxy(store, {
      get:
        (target, name: keyof SessionStore) =>
        (...args: never[]) =>
          this.#call(`store.${name}`, () =>
            (target[name] as (...a: never[]) => Promise<unknown>).apply(target, args),
          ),
    })
  }

  fetch(fetch: BffEnvironment['fetch']): BffEnvironment['fetch'] {
    return (url, init) => this.#call(new URL(url).pathname, () => fetch(url, init))
  }

  #call<T>(call: Call, act: () => Promise<T>): Promise<T> {
    if (this.#at < 0) return act()
    this.calls.push(call)
    if (this.calls.length !== this.#at + 1) return act()
    this.struck = call
    return this.#strike(act)
  }

  async #strike<T>(act: () => Promise<T>): Promise<T> {
    const failure = new TypeError('fetch failed')
    switch (this.#trouble) {
      case 'leaves':
        this.#leave()
        return act()
      case 'fails':
        throw failure
      case 'fails after acting':
        await act()
        throw failure
      case 'acts after failing': {
        const late = new Promise<void>((resolve) => {
          this.#timer(() => void act().then(() => resolve(), resolve), LATE_MS)
        })
        this.#late.add(late)
        void late.finally(() => this.#late.delete(late))
        throw failure
      }
    }
  }
}
