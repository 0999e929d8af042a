import type { SignInTransaction } from '../oauth/types.ts'
import type { Core } from './core.ts'

/** One sign-in under way: what the vault needs to finish it, and what the page does afterwards. */
export interface SignInRecord {
  /** Absent when it is in the vault's memory, for want of storage. */
  transaction?: SignInTransaction
  returnTo: string
  replaces?: string
  silent?: boolean
}

const TTL = 10 * 60_000
const MOST = 10

type Shelved = Record<string, [at: number, record: SignInRecord | null]>

/** Transactions in `sessionStorage`, keyed by `state`: at most ten, for ten minutes, each taken once. */
export function createTransactions<User>({ env, settings }: Core<User>) {
  const name = `${settings.name}.sign-in`
  const read = (): Shelved => {
    try {
      const all = JSON.parse(env.sessionStorage.get(name) ?? '') as Shelved
      const young = ([, [at]]: [string, [number, unknown]]) => Math.abs(env.now() - at) < TTL
      return Object.fromEntries(Object.entries(all).filter(young))
    } catch {
      return {}
    }
  }
  const write = (all: Shelved) =>
    env.sessionStorage.set(
      name,
      JSON.stringify(Object.fromEntries(Object.entries(all).slice(-MOST))),
    )

  return {
    /** @returns whether it is stored. */
    put: (state: string, record: SignInRecord) =>
      write({ ...read(), [state]: [env.now(), record] }),
    /** `null`: taken before; undefined: never seen in this tab. */
    take(state: string): SignInRecord | null | undefined {
      const all = read()
      const record = all[state]?.[1]
      if (record) write({ ...all, [state]: [env.now(), null] })
      return record
    },
    /** Whether a sign-in was begun in this tab. */
    any: () => Object.keys(read()).length > 0,
  }
}
