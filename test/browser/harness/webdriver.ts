import { setTimeout as sleep } from 'node:timers/promises'

type Method = 'GET' | 'POST' | 'DELETE'

/** How long one command may take, ms. Page loads and the browser's start are commands, too. */
const DEADLINE = 120_000

/** One session with a browser over WebDriver (https://www.w3.org/TR/webdriver2/). Commands wait for each other. */
export class WebDriver {
  readonly #session: string
  #last: Promise<unknown> = Promise.resolve()

  private constructor(session: string) {
    this.#session = session
  }

  /** Waits for a driver that has just been started, and for the browser that it starts. */
  static async connect(driver: string): Promise<WebDriver> {
    const end = Date.now() + DEADLINE
    while (!(await isReady(driver))) {
      if (Date.now() > end) throw new Error(`No driver at ${driver} after ${DEADLINE} ms`)
      await sleep(20)
    }
    const timeouts = { script: DEADLINE, pageLoad: DEADLINE }
    const capabilities = { alwaysMatch: { timeouts } }
    const answer = await send('POST', `${driver}/session`, { capabilities })
    const { sessionId } = answer as { sessionId: string }
    return new WebDriver(`${driver}/session/${sessionId}`)
  }

  /** Runs commands with no other between them: most of them are for the window that was chosen last. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }

  /** Sends one command. Only inside a turn. */
  command(method: Method, path: string, body?: object): Promise<unknown> {
    return send(method, this.#session + path, body)
  }

  /** Closes the browser. */
  async close(): Promise<void> {
    await this.turn(() => send('DELETE', this.#session, undefined, 5000))
  }
}

async function isReady(driver: string): Promise<boolean> {
  try {
    await send('GET', `${driver}/status`, undefined, 1000)
    return true
  } catch {
    return false
  }
}

async function send(
  method: Method,
  url: string,
  body?: object,
  deadline = DEADLINE + 5000,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(deadline),
    ...(body && { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value
  const { error, message } = value as { error: string; message: string }
  throw new Error(`${method} ${new URL(url).pathname}: ${error}: ${message}`)
}
