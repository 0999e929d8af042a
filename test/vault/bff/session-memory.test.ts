import { describe, expect, test } from 'vitest'
import { virtualStorage } from '../../../src/testing/device/storage.ts'
import { rememberSignOut } from '../../../src/vault/bff/marks.ts'
import { SessionMemory } from '../../../src/vault/bff/session-memory.ts'
import type { StringStorage } from '../../../src/vault/string-storage.ts'

const MINUTE = 60_000

function browser() {
  const clock = { now: 1_764_000_000_000 }
  const env = { now: () => clock.now, random: Math.random }
  const marks = virtualStorage(new Map())
  const tab = (tabMarks: StringStorage = virtualStorage(new Map()), seen = marks) =>
    new SessionMemory(env, 'app', seen, tabMarks)
  const signOut = (session?: string) => rememberSignOut(marks, 'app', session)
  return { clock, marks, tab, signOut }
}

describe('a sign-in that is under way', () => {
  test('U20 is not forgotten by a tab that finds no session meanwhile', () => {
    const { tab } = browser()
    tab().beginSignIn()
    const other = tab()
    expect(other.mayHaveSession).toBe(true)
    other.forget(other.signIn)
    expect(tab().mayHaveSession).toBe(true)
  })

  test('is forgotten when no backend would take it up any more', () => {
    const { tab, clock } = browser()
    const tabMarks = virtualStorage(new Map())
    tab(tabMarks).beginSignIn()
    clock.now += 11 * MINUTE
    const back = tab(tabMarks)
    expect(back.mayHaveSession).toBe(true)
    back.forget(back.signIn)
    expect(tab(tabMarks).mayHaveSession).toBe(false)
  })

  test('U20 is remembered by its tab, whatever others do to the marks of all tabs', () => {
    const { tab, marks, signOut } = browser()
    const tabMarks = virtualStorage(new Map())
    tab(tabMarks).beginSignIn()
    marks.set('app.sign-in', null)
    expect(tab(tabMarks).mayHaveSession).toBe(true)
    signOut()
    expect(tab(tabMarks).mayHaveSession).toBe(true)
    expect(tab().mayHaveSession).toBe(false)
  })

  test('U20 keeps the mark that another tab writes while this one looks', () => {
    const { tab, marks } = browser()
    const other = tab()
    const memory = tab(undefined, {
      ...marks,
      // Processes of a browser see each other's storage a moment later.
      get(name) {
        const value = marks.get(name)
        other.found('another')
        return value
      },
    })
    expect(memory.mayHaveSession).toBe(false)
    memory.forget(null)
    expect(other.signIn).toBe('=another')
  })
})

describe('a session that was found', () => {
  test('is forgotten once the backend knows it no more', () => {
    const { tab } = browser()
    tab().found('one')
    const memory = tab()
    memory.forget(memory.signIn)
    expect(memory.mayHaveSession).toBe(false)
  })

  test('is not forgotten for an answer from before it', () => {
    const { tab } = browser()
    tab().found('one')
    const memory = tab()
    const asked = memory.signIn
    tab().found('two')
    memory.forget(asked)
    expect(memory.mayHaveSession).toBe(true)
  })

  test('of a backend that gives it no name is remembered all the same', () => {
    const { tab, signOut } = browser()
    tab().found(undefined)
    expect(tab().mayHaveSession).toBe(true)
    signOut()
    expect(tab().isEnded('any')).toBe(true)
  })
})

describe('U19 a sign-out', () => {
  test.each([
    ['the one that the page shows', 'shown', 'shown'],
    ['the one that was found last, where the page shows none', undefined, 'found'],
  ])('ends one session: %s', (_, shown, ended) => {
    const { tab, signOut } = browser()
    tab().found('found')
    signOut(shown)
    expect(tab().owedSignOut).toBe(ended)
    expect(tab().isEnded(ended)).toBe(true)
    expect(tab().isEnded('another')).toBe(false)
  })

  test('ends whichever there is, where a sign-in may have come back that nobody has seen', () => {
    const { tab, signOut } = browser()
    tab().beginSignIn()
    signOut()
    expect(tab().isEnded('any')).toBe(true)
  })

  test('twice is once', () => {
    const { tab, signOut } = browser()
    tab().found('found')
    signOut()
    signOut()
    expect(tab().owedSignOut).toBe('found')
    tab().signedOut('found')
    signOut()
    expect(tab().owedSignOut).toBeNull()
  })

  test('stays one for pages that the browser kept, also after others found no session', () => {
    const { tab, signOut } = browser()
    tab().found('found')
    signOut()
    const memory = tab()
    memory.forget(memory.signIn)
    expect(tab().isSignedOut).toBe(true)
  })

  test('that arrived is not taken for one that was begun meanwhile', () => {
    const { tab, signOut } = browser()
    signOut('one')
    signOut('two')
    tab().signedOut('one')
    expect(tab().owedSignOut).toBe('two')
  })
})
