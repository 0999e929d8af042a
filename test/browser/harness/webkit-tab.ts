import { setTimeout as sleep } from 'node:timers/promises'
import type { Tab } from './engine.ts'
import type { WebDriver } from './webdriver.ts'

/** How long a function in the page may take, ms. */
const DEADLINE = 120_000

type Outcome = 'pending' | { value: string | null } | { error: string }

let evaluations = 0

/** One tab of a WebKit that is driven by WebDriver, with the methods that Playwright's `Page` has for the same. */
export class WebKitTab implements Tab {
  readonly #driver: WebDriver
  readonly #handle: string

  constructor(driver: WebDriver, handle: string) {
    this.#driver = driver
    this.#handle = handle
  }

  goto = (url: string): Promise<unknown> => this.#command('POST', '/url', { url })

  reload = (): Promise<unknown> => this.#command('POST', '/refresh', {})

  async close(): Promise<void> {
    await this.#command('DELETE', '/window')
  }

  evaluate: Tab['evaluate'] = (run: unknown, given?: unknown) => this.#evaluate(String(run), given)

  /**
   * The function is only started by its command, and then looked at: one that waits does not keep the commands of other
   * tabs waiting, and those of several tabs run at once.
   */
  async #evaluate(run: string, given: unknown): Promise<never> {
    const id = ++evaluations
    await this.#execute(start(run), [id, JSON.stringify(given ?? null)])
    const end = Date.now() + DEADLINE
    for (;;) {
      const outcome = (await this.#execute(LOOK, [id])) as Outcome | null
      if (outcome === null) throw new Error('The page went away before its function ended')
      if (outcome !== 'pending') {
        if ('error' in outcome) throw new Error(outcome.error)
        return (outcome.value === null ? undefined : JSON.parse(outcome.value)) as never
      }
      if (Date.now() > end) throw new Error(`No end of a function after ${DEADLINE} ms: ${run}`)
      await sleep(10)
    }
  }

  #execute(script: string, args: unknown[]): Promise<unknown> {
    return this.#command('POST', '/execute/sync', { script, args })
  }

  #command(method: 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    return this.#driver.turn(async () => {
      await this.#driver.command('POST', '/window', { handle: this.#handle })
      return this.#driver.command(method, path, body)
    })
  }
}

/** The value travels as JSON: WebDriver alone would make null of what is undefined. */
const start = (run: string) => `
  const [id, given] = arguments
  const calls = (window.__evaluations ??= new Map())
  calls.set(id, 'pending')
  const call = async () => (${run})(JSON.parse(given) ?? undefined)
  void call().then(
    (value) => calls.set(id, { value: JSON.stringify(value) ?? null }),
    (error) => calls.set(id, { error: String(error) }),
  )`

const LOOK = `
  const outcome = window.__evaluations?.get(arguments[0])
  if (outcome !== 'pending') window.__evaluations?.delete(arguments[0])
  return outcome ?? null`
