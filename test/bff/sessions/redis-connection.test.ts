import { expect, test } from 'vitest'
import { RedisConnection } from '../../../src/bff/sessions/redis-connection.ts'
import { createRedisStore } from '../../../src/bff/sessions/redis-store.ts'
import { times } from '../../../src/testing/session-store/setup.ts'
import { failure, outcome } from '../../support/outcomes.ts'

const DEADLINE = 100

/** A Redis that answers when it is told to, and timers that run when they are. */
function silentRedis() {
  const asked: {
    script: string
    values: string[]
    answer: (value: unknown) => void
    fail: () => void
  }[] = []
  const timers = new Set<() => void>()
  const evaluate = async (script: string, _: string[], values: string[]) =>
    await new Promise<unknown>((resolve, reject) => {
      asked.push({
        script,
        values,
        answer: resolve,
        fail: () => reject(new Error('socket closed')),
      })
    })
  const timer = (callback: () => void) => {
    timers.add(callback)
    return () => timers.delete(callback)
  }
  /** What was set before runs, and not what that sets. */
  const runTimers = (): void => {
    const due = [...timers]
    timers.clear()
    for (const callback of due) callback()
  }
  const pass = (): void => {
    runTimers()
    runTimers()
  }
  return { asked, timers, evaluate, timer, runTimers, pass }
}

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

function connection() {
  const redis = silentRedis()
  const made = new RedisConnection(redis.evaluate, DEADLINE, redis.timer)
  return { ...redis, run: (values: string[] = []) => made.run('get', 'script', ['key'], values) }
}

test('gives the answer, and keeps no timer', async () => {
  const { run, asked, timers } = connection()
  const call = run()
  asked[0]!.answer(7)
  expect(await call).toBe(7)
  expect(timers.size).toBe(0)
})

test('gives up at the deadline, and keeps no timer', async () => {
  const { run, pass, timers } = connection()
  const call = failure(run())
  pass()
  expect(await call).toMatchObject({
    code: 'store_unavailable',
    message: 'The session store failed at get: no answer in 100 ms',
  })
  expect(timers.size).toBe(0)
})

test('takes an answer that lay there while the process was too busy to read it', async () => {
  const { run, runTimers, asked } = connection()
  const call = run()
  runTimers()
  asked[0]!.answer(7)
  expect(await call).toBe(7)
})

test('sends nothing while eight answers are overdue, and goes on when one of them comes', async () => {
  const { run, pass, asked } = connection()
  const calls = times(8).map(() => outcome(run()))
  pass()
  await Promise.all(calls)
  for (const _ of times(100)) {
    expect((await failure(run())).message).toBe(
      'The session store failed at get: Redis does not answer',
    )
  }
  expect(asked.length).toBe(8)
  asked[0]!.answer(7)
  await turn()
  const next = outcome(run())
  expect(asked.length).toBe(9)
  asked[8]!.answer(8)
  expect(await next).toEqual({ value: 8 })
})

test('goes on when the connection fails, and all that waited on it', async () => {
  const { run, pass, asked } = connection()
  const calls = times(8).map(() => outcome(run()))
  pass()
  await Promise.all(calls)
  for (const { fail } of asked) fail()
  await turn()
  const next = outcome(run())
  expect(asked.length).toBe(9)
  asked[8]!.answer(8)
  expect(await next).toEqual({ value: 8 })
})

test('tells of a failure without what was sent', async () => {
  const { run, asked } = connection()
  const call = failure(run(['secret']))
  asked[0]!.fail()
  const error = await call
  expect(error.message).toBe('The session store failed at get: socket closed')
  expect(JSON.stringify(error)).not.toContain('secret')
})

test('takes a function that throws before it promises anything for a failure', async () => {
  const { timer } = silentRedis()
  const made = new RedisConnection(
    () => {
      throw new Error('closed')
    },
    DEADLINE,
    timer,
  )
  expect(await failure(made.run('get', '', []))).toMatchObject({ code: 'store_unavailable' })
})

test('gives a lease back that came after its deadline, for nobody waits for it', async () => {
  const { evaluate, timer, pass, asked } = silentRedis()
  const store = createRedisStore({ evaluate, deadlineMs: DEADLINE }, { timer })
  const lease = failure(store.lease('key', 'token', 4_000))
  pass()
  await lease
  asked[0]!.answer(1)
  await turn()
  expect(asked.length).toBe(2)
  expect(asked[1]!.script).toContain('DEL')
  expect(asked[1]!.values).toEqual(['token'])
})

test.each([null, 'OK', {}, 7])(
  'takes an answer that is none of ours for a failure: %j',
  async (answer) => {
    const { timer } = silentRedis()
    const store = createRedisStore({ evaluate: async () => answer }, { timer })
    expect(await failure(store.get('key'))).toMatchObject({ code: 'store_unavailable' })
  },
)

test('takes a record that cannot be read for a failure, not for the absence of a session', async () => {
  const { timer } = silentRedis()
  const answer = ['[1,1,2,3,"sub"', 'blob']
  const store = createRedisStore({ evaluate: async () => answer }, { timer })
  const error = await failure(store.get('key'))
  expect(error).toMatchObject({ code: 'store_unavailable' })
})
