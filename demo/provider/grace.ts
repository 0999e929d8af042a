import type { Answer } from './forward.ts'

/**
 * Keeps the grace window of a rotating provider: a refresh token presented again shortly afterwards gets the answer it
 * had, so that a lost answer does not cost the session.
 */
export function createGrace(windowMs: () => number) {
  const given = new Map<string, { at: number; answer: Promise<Answer> }>()
  return (asked: string, ask: () => Promise<Answer>): Promise<Answer> => {
    if (windowMs() === 0) return ask()
    const before = given.get(asked)
    if (before && Date.now() - before.at < windowMs()) return before.answer
    const answer = ask()
    given.set(asked, { at: Date.now(), answer })
    answer.then(
      ({ status }) => status !== 200 && given.delete(asked),
      () => given.delete(asked),
    )
    return answer
  }
}
