import type { AuthError } from '../errors.ts'
import { dueIn, leadOf, MAX_TIMER_MS } from '../renewal/schedule.ts'
import type { Entry, Tokens } from './tokens.ts'

/**
 * Sees to it that somebody who watches a token, in a tab that is seen and online, never waits. Fetched once
 * somebody is signed in: that a token is valid when it is handed out does not depend on it.
 */
export function createSchedule({ page, ask, now, left, session, store, show }: Tokens) {
  /** Renews what is due, sets one timer for what comes next. `wake`: the tab is seen and online again. */
  function check(entry: Entry, wake: boolean): void {
    entry.cancel?.()
    if (wake && entry.notBefore !== Infinity) entry.notBefore = 0
    if (session() === undefined || !entry.watchers) return
    const { token } = entry
    const holds = left(entry)
    let next = holds > 0 ? holds + 1 : Infinity
    if (page().isVisibleAndOnline() && (wake || !entry.asking)) {
      // A token without any lifetime is the provider's way to say "once": it is never renewed.
      const due = !token ? 0 : token.lifetime ? dueIn(token, now(), page().random()) : Infinity
      const renewal = Math.max(due, (entry.notBefore ?? 0) - page().monotonic())
      if (renewal > 0) next = Math.min(next, renewal)
      else renew(entry, wake)
    }
    if (next < Infinity) {
      entry.cancel = page().timer(() => show(entry), Math.min(next, MAX_TIMER_MS))
    }
  }

  /** Of our own accord: somebody watches, or just took a token that is about to end. */
  function renew(entry: Entry, wake = false): void {
    // Whoever just woke up asks again: the vault may be resting after a failure.
    if ((entry.asking && !wake) || (entry.notBefore ?? 0) > page().monotonic()) return
    entry.asking = true
    const asked = session()
    // With a valid token at hand a failure can wait; without one the vault waits for us.
    ask({ ...entry.need, proactive: left(entry) > 0, resumed: wake })
      .then(
        (issued) => asked === session() && store(issued),
        (error: AuthError) => {
          if (asked !== session()) return
          entry.error = error
          const holds = left(entry)
          // What does not get better by waiting is tried once more when the token is over, for the vault to say so.
          const wait = error.recoverable
            ? Math.max(error.retryAfter ?? 5000, 250)
            : holds > 0
              ? holds
              : Infinity
          entry.notBefore = page().monotonic() + wait
        },
      )
      .finally(() => {
        entry.asking = false
        show(entry)
      })
  }

  return {
    check,
    /** Taken within the lead: still good, and the next one should be too. */
    taken(entry: Entry, holds: number): void {
      if (holds <= leadOf(entry.token!.lifetime)) renew(entry)
    },
  }
}
