import { expect, test, vi } from 'vitest'
import { createEmit } from '../../src/bff/events.ts'

test.each<[how: string, listener: () => void]>([
  [
    'throws',
    () => {
      throw new Error('The log is full.')
    },
  ],
  // Its type is that of a function that returns nothing, and Node ends a process for a rejection that nobody hears of.
  ['rejects', async () => Promise.reject(new Error('The log is away.'))],
])('an event that its listener %s at is nobody else’s trouble', async (_, listener) => {
  const unheard = vi.fn()
  process.on('unhandledRejection', unheard)
  const emit = createEmit(listener)
  expect(() => emit({ type: 'limited', message: 'x' })).not.toThrow()
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', unheard)
  expect(unheard).not.toHaveBeenCalled()
})
