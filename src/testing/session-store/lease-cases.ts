import { count, holds, HOUR, same, SHORT, times, type ContractCase } from './setup.ts'

/** Leases and names: taken by one, for a while. */
export const leaseCases: ContractCase[] = [
  {
    title: 'gives the lease of a session to one at a time, whether there is a session or not',
    async run({ one, two }) {
      same('first', await one.lease('key-1', 'a', HOUR), 'got')
      same('second', await two.lease('key-1', 'b', HOUR), 'busy')
      same('of another session', await two.lease('key-2', 'b', HOUR), 'got')
      await one.release('key-1', 'a')
      same('after its release', await two.lease('key-1', 'b', HOUR), 'got')
    },
  },
  {
    title: 'gives one of 25 the lease',
    async run({ one, two }) {
      const outcomes = await Promise.all(
        times(25).map((i) => (i % 2 ? one : two).lease('key-1', `token-${i}`, HOUR)),
      )
      same('given', count(outcomes, 'got'), 1)
    },
  },
  {
    title: 'gives the lease again to the token that has it, for an answer may have been lost',
    async run({ one, two }) {
      same('first', await one.lease('key-1', 'a', HOUR), 'got')
      same('again', await two.lease('key-1', 'a', HOUR), 'got')
      same('another', await one.lease('key-1', 'b', HOUR), 'busy')
    },
  },
  {
    title: 'lets nobody but its holder renew or release a lease',
    async run({ one, two }) {
      same('renewed where there is none', await one.renew('key-1', 'a', HOUR), false)
      await one.lease('key-1', 'a', HOUR)
      same('renewed by another', await two.renew('key-1', 'b', HOUR), false)
      await two.release('key-1', 'b')
      same('another', await two.lease('key-1', 'b', HOUR), 'busy')
      same('renewed by its holder', await two.renew('key-1', 'a', HOUR), true)
    },
  },
  {
    title: 'ends a lease that nobody renews, and its old holder does not disturb the new one',
    async run({ one, two, wait }) {
      await one.lease('key-1', 'a', SHORT)
      await one.lease('key-2', 'a', SHORT)
      await wait(SHORT + 100)
      same('renewed too late', await one.renew('key-2', 'a', HOUR), false)
      same('another', await two.lease('key-1', 'b', HOUR), 'got')
      same('renewed by the old holder', await one.renew('key-1', 'a', HOUR), false)
      await one.release('key-1', 'a')
      same('the old holder', await one.lease('key-1', 'a', HOUR), 'busy')
    },
  },
  {
    title: 'begins the time of a lease anew when it is renewed, or asked for again',
    async run({ one, two, wait }) {
      await one.lease('key-1', 'a', SHORT)
      await one.lease('key-2', 'a', SHORT)
      same('renewed', await one.renew('key-1', 'a', HOUR), true)
      same('asked for again', await one.lease('key-2', 'a', HOUR), 'got')
      await wait(SHORT + 100)
      for (const key of ['key-1', 'key-2']) same(key, await two.lease(key, 'b', HOUR), 'busy')
    },
  },
  {
    title: 'keeps the lease of a session that is deleted meanwhile',
    async run({ one, two, session }) {
      const record = session()
      await one.create(record)
      await one.lease(record.key, 'a', HOUR)
      await two.delete(record.key)
      same('another', await two.lease(record.key, 'b', HOUR), 'busy')
      same('renewed', await one.renew(record.key, 'a', HOUR), true)
    },
  },
  {
    title: 'gives a name once, until its time is over',
    async run({ one, two, wait }) {
      same('first', await one.once('jti:{1}', SHORT), true)
      same('second', await two.once('jti:{1}', HOUR), false)
      same('another name', await two.once('jti:{2}', HOUR), true)
      await wait(SHORT + 100)
      same('after its time', await two.once('jti:{1}', HOUR), true)
      same('after that', await one.once('jti:{1}', HOUR), false)
    },
  },
  {
    title: 'gives a name to one of 25',
    async run({ one, two }) {
      const outcomes = await Promise.all(
        times(25).map((i) => (i % 2 ? one : two).once('jti', HOUR)),
      )
      same('given', count(outcomes, true), 1)
    },
  },
  {
    title: 'says for how long a name stays taken, and takes nothing by saying so',
    async run({ one, two, wait }) {
      same('before', await one.taken('cool-down'), 0)
      same('taken', await one.once('cool-down', SHORT), true)
      const remaining = await two.taken('cool-down')
      holds(`0 < ${remaining} ≤ ${SHORT}`, remaining > 0 && remaining <= SHORT)
      await wait(SHORT + 100)
      same('after its time', await two.taken('cool-down'), 0)
    },
  },
  {
    title: 'begins the time of a name anew when it is marked, taken or not',
    async run({ one, two, wait }) {
      await one.mark('logout', SHORT)
      same('given', await two.once('logout', HOUR), false)
      const first = await two.taken('logout')
      holds(`0 < ${first} ≤ ${SHORT}`, first > 0 && first <= SHORT)
      await two.mark('logout', HOUR)
      await wait(SHORT + 100)
      holds('it is taken still', (await one.taken('logout')) > SHORT)
      await one.mark('over', SHORT)
      await wait(SHORT + 100)
      same('after its time', await two.taken('over'), 0)
    },
  },
  {
    title: 'keeps sessions, leases and names apart',
    async run({ one, session }) {
      const record = session()
      await one.create(record)
      same('a name', await one.once(record.key, HOUR), true)
      same('a lease', await one.lease(record.key, 'a', HOUR), 'got')
      await one.delete(record.key)
      same('the name', await one.once(record.key, HOUR), false)
      same('the session', await one.get(record.key), null)
    },
  },
]
