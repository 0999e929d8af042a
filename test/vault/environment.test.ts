import { afterEach, expect, test, vi } from 'vitest'
import { threadEnvironment } from '../../src/vault/environment.ts'

afterEach(() => vi.unstubAllGlobals())

test('F13 what an application puts in the place of a global later is not what a vault uses', async () => {
  const wrapped = vi.fn(() => {
    throw new Error('the application’s own')
  })
  for (const name of ['fetch', 'setTimeout', 'clearTimeout', 'BroadcastChannel']) {
    vi.stubGlobal(name, wrapped)
  }
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(wrapped)
  const response = await threadEnvironment.fetch('data:application/json,{}', {})
  expect(await response.json()).toEqual({})
  await new Promise<void>((resolve) => void threadEnvironment.timer(resolve, 0))
  threadEnvironment.timer(() => {}, 60_000)()
  const channel = threadEnvironment.channel('evertoken.test')
  expect(channel).toBeDefined()
  channel!.close()
  expect(threadEnvironment.deadline(1000).aborted).toBe(false)
  expect(wrapped).not.toHaveBeenCalled()
})
