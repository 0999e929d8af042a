import { expect, test } from 'vitest'
import { accessBy, RedisConnection } from '../../../src/bff/sessions/redis-connection.ts'
import { createRedisStore, redisClientSettings } from '../../../src/bff/sessions/redis-store.ts'
import { times } from '../../../src/testing/session-store/setup.ts'
import { failure, outcome } from '../../support/outcomes.ts'
import { setUp } from '../setup.ts'

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
  const made = new RedisConnection(redis, DEADLINE, redis.timer)
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
  const evaluate = () => {
    throw new Error('closed')
  }
  const made = new RedisConnection({ evaluate }, DEADLINE, timer)
  expect(await failure(made.run('get', '', []))).toMatchObject({ code: 'store_unavailable' })
})

/** A client of the `redis` package that is told when it is connected. */
function startingClient(isOpen: boolean) {
  const listeners = new Map<string, (error: unknown) => void>()
  const sent: string[] = []
  const client = {
    ...{ isOpen, isReady: false },
    connect: async () => await new Promise(() => {}),
    on: (event: string, listener: (error: unknown) => void) => listeners.set(event, listener),
    eval: async (script: string) => {
      sent.push(script)
      return await Promise.resolve(7)
    },
  }
  return { client, sent, happens: (event: string) => listeners.get(event)?.(undefined) }
}

test.each([true, false])(
  'B-60 waits for the connection of a process that has just begun (connect was called before: %s)',
  async (isOpen) => {
    const { timer, timers } = silentRedis()
    const { client, happens, sent } = startingClient(isOpen)
    const made = new RedisConnection(accessBy(client), DEADLINE, timer)
    const call = made.run('get', 'script', ['key'])
    await turn()
    expect(sent).toEqual([])
    client.isReady = true
    happens('ready')
    expect(await call).toBe(7)
    expect(timers.size).toBe(0)
  },
)

test('B-60 sends nothing that nobody waits for, when the connection comes too late', async () => {
  const { timer, pass } = silentRedis()
  const { client, happens, sent } = startingClient(false)
  const made = new RedisConnection(accessBy(client), DEADLINE, timer)
  const call = failure(made.run('get', 'script', ['key']))
  pass()
  expect(await call).toMatchObject({ code: 'store_unavailable' })
  client.isReady = true
  happens('ready')
  await turn()
  expect(sent).toEqual([])
})

test('B-60 answers at once where the first attempt to connect failed', async () => {
  const { timer, timers } = silentRedis()
  const { client, happens } = startingClient(false)
  const made = new RedisConnection(accessBy(client), DEADLINE, timer)
  happens('error')
  expect(await failure(made.run('get', 'script', ['key']))).toMatchObject({
    code: 'store_unavailable',
    message: 'The session store failed at get: not connected to Redis',
  })
  expect(timers.size).toBe(0)
})

test('B-60 answers at once while the connection is known to be broken, and sends nothing then or later', async () => {
  const { timer, timers } = silentRedis()
  const { client, happens, sent } = startingClient(true)
  client.isReady = true
  const made = new RedisConnection(accessBy(client), DEADLINE, timer)
  expect(await made.run('get', 'script', ['key'])).toBe(7)
  client.isReady = false
  for (const _ of times(100)) {
    expect(await failure(made.run('get', 'script', ['key']))).toMatchObject({
      message: 'The session store failed at get: not connected to Redis',
    })
  }
  // No deadline had to run out, and the client was given nothing to keep.
  expect([timers.size, sent.length]).toEqual([0, 1])
  client.isReady = true
  happens('ready')
  await turn()
  expect(sent.length).toBe(1)
  expect(await made.run('get', 'script', ['key'])).toBe(7)
})

test('B-60 keeps no command for later, and between two attempts to connect there are 400 ms at most', () => {
  const { disableOfflineQueue, socket } = redisClientSettings
  expect(disableOfflineQueue).toBe(true)
  const delays = times(200).map((retries) => socket.reconnectStrategy(retries))
  expect([Math.min(...delays), Math.max(...delays)]).toEqual([25, 400])
})

test('B-60 a request is answered 503 by the first call of the store that fails, and no more are made', async () => {
  let isAway = false
  const asked: string[] = []
  const { browser } = await setUp({
    options: { mediated: [{}] },
    store: (store) =>
      new Proxy(store, {
        get(target, name: keyof typeof store) {
          return async (...args: never[]) => {
            if (!isAway)
              return await (target[name] as (...a: never[]) => unknown).apply(target, args)
            asked.push(name)
            throw new Error('not connected')
          }
        },
      }),
  })
  const user = browser()
  await user.signIn()
  isAway = true
  for (const ask of [
    () => user.call('/bff/session'),
    () => user.post('/bff/token'),
    () => user.post('/bff/refresh'),
  ]) {
    asked.length = 0
    const response = await ask()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(asked).toEqual(['get'])
  }
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
