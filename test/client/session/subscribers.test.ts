import { expect, test, vi } from 'vitest'
import '../lazy.ts'
import { appDevice as device, signedInApp as signedIn } from '../setup.ts'

test('calls the other listeners when one throws, and reports what it threw', async () => {
  const thrown: unknown[] = []
  const hear = (error: unknown) => void thrown.push(error)
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', hear)
  try {
    const on = await device()
    const { client } = on.open()
    client.subscribe(() => {
      throw new Error('mine')
    })
    const told = vi.fn()
    client.subscribe(told)
    await on.world.settle()
    expect(client.getSession().status).toBe('signed-out')
    expect(told).toHaveBeenCalledOnce()
    expect(thrown).toHaveLength(1)
  } finally {
    process.off('uncaughtException', hear)
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
})

test('does not call a listener that was unsubscribed during the notification', async () => {
  const on = await signedIn()
  let late = 0
  on.client.subscribe(() => stop())
  const stop = on.client.subscribe(() => late++)
  await on.client.signOut({ provider: false })
  expect(late).toBe(0)
})
