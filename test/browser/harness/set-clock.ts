import type { Page } from 'playwright-core'
import { CLOCK_CHANNEL, type ClockState } from './clock.ts'

/** Sets the device's clock or puts the device to sleep, in the page and, where there is one, in the worker. */
export const setClock = (page: Page, state: ClockState, threads: string[] = ['page', 'worker']) =>
  page.evaluate(
    async ({ channelName, state, threads }) => {
      const channel = new BroadcastChannel(channelName)
      const id = Math.random()
      const waiting = new Set(threads)
      const done = new Promise<void>((resolve) => {
        channel.addEventListener('message', ({ data }) => {
          const { done, where } = data as { done: number; where: string }
          if (done === id) waiting.delete(where)
          if (waiting.size === 0) resolve()
        })
      })
      channel.postMessage({ id, state })
      await done
      channel.close()
    },
    { channelName: CLOCK_CHANNEL, state, threads },
  )
