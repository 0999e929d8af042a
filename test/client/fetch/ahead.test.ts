import { expect, test, vi } from 'vitest'
import type * as Calls from '../../../src/client/fetch/protected-calls.ts'
import { appDevice } from '../setup.ts'
import { eventually } from '../../support/eventually.ts'

const chunk = vi.hoisted(() => ({ isFetched: false }))

vi.mock('../../../src/client/fetch/protected-calls.ts', (importOriginal) => {
  chunk.isFetched = true
  return importOriginal<typeof Calls>()
})

const turn = () => new Promise((resolve) => setTimeout(resolve, 50))

// One after the other: a module is fetched once.
test('U16 what calls need is fetched ahead for a user who is signed in, and for nobody else', async () => {
  const options = { protectedResources: ['https://api.example/'] }
  const elsewhere = await appDevice()
  const visitor = elsewhere.open(options)
  visitor.client.start()
  await elsewhere.world.settle()
  expect(visitor.client.getSession().status).toBe('signed-out')
  const on = await appDevice()
  await on.signIn(on.open(), {})
  await turn()
  // This one lists no resource.
  expect(chunk.isFetched).toBe(false)

  const user = on.open(options)
  user.client.start()
  await on.world.settle()
  expect(user.client.getSession().status).toBe('signed-in')
  await eventually(() => expect(chunk.isFetched).toBe(true))
})
