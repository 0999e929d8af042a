import type { AuthClient } from '../../client/auth-client.ts'
import type { VaultState } from '../../vault/vault.ts'
import type { TestSession } from './test-auth.ts'
import type { TestVault } from './test-vault.ts'

/** How the session begins, and what the test makes of it. */
export class SessionMoves {
  /** Undefined once the test has moved it. */
  start: TestSession['status'] | undefined
  #move = () => {}
  /** Settles as the test first moves it. */
  readonly moved = new Promise<void>((resolve) => (this.#move = resolve))

  constructor(start: TestSession['status'] | undefined) {
    this.start = start
  }

  /** A person signs in or out, and the page that was being restored finds what is there. */
  goOn(): void {
    if (this.start !== 'restoring') return
    this.start = undefined
    this.#move()
  }

  /** The session becomes another one. Settles once the page shows it. */
  async moveTo(state: VaultState, client: AuthClient<unknown>, vault: TestVault): Promise<void> {
    if (this.start === 'signing-in') await vault.observed
    // What is overtaken by the next is not shown: a session expires for a user whom the page shows.
    else if (this.start !== 'restoring') await client.whenSettled()
    this.start = undefined
    const shown = nextShown(client)
    vault.become(state, true)
    this.#move()
    await shown
  }
}

/** Once a change is shown, or could not be shown and is on record. */
function nextShown(client: Pick<AuthClient<unknown>, 'subscribe' | 'observe'>): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      unsubscribe()
      unobserve()
      resolve()
    }
    const unsubscribe = client.subscribe(end)
    const unobserve = client.observe(({ type }) => {
      if (type === 'error') end()
    })
  })
}
