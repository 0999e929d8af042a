import { expect, test } from 'vitest'
import { SessionMemory } from '../../../src/vault/bff/session-memory.ts'

test('U20 keeps the mark of a sign-in that another tab begins while this one looks', () => {
  const stored = new Map<string, string>()
  const marks = {
    get: (name: string) => stored.get(name) ?? null,
    set(name: string, value: string | null) {
      if (value === null) stored.delete(name)
      else stored.set(name, value)
      return true
    },
  }
  const other = new SessionMemory(marks, 'app')
  const memory = new SessionMemory(
    {
      ...marks,
      // Processes of a browser see each other's storage a moment later.
      get(name) {
        const value = marks.get(name)
        other.expectSession('another tab’s')
        return value
      },
    },
    'app',
  )
  expect(memory.mayHaveSession).toBe(false)
  memory.forget(null)
  expect(other.signIn).toBe('another tab’s')
})
