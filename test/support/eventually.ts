import { vi } from 'vitest'

/** Waits until what is looked at does not throw any more. Vitest's own way gives a busy machine one second. */
export const eventually = <Value>(look: () => Value | Promise<Value>): Promise<Value> =>
  // oxlint-disable-next-line eslint/no-restricted-properties -- the one place
  vi.waitFor(look, { timeout: 60_000, interval: 10 })
