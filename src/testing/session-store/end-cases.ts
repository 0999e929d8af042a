import {
  count,
  holds,
  HOUR,
  mustGet,
  same,
  SHORT,
  stored,
  times,
  type ContractCase,
} from './setup.ts'

/** Sessions end: by their limits, and by the provider's word. */
export const endCases: ContractCase[] = [
  {
    title: 'moves the idle limit forward, never back, and without a new version',
    async run({ one, two, now, session }) {
      const record = session()
      await one.create(record)
      const seen = { lastSeenAt: now + 5, idleUntil: now + 2 * HOUR }
      await two.touch(record.key, seen)
      same('session', await one.get(record.key), stored({ ...record, ...seen }, 1))
      await one.touch(record.key, { lastSeenAt: now, idleUntil: now + HOUR })
      same('session', await two.get(record.key), stored({ ...record, ...seen }, 1))
    },
  },
  {
    title: 'keeps what was seen while a writer had the older record in hand',
    async run({ one, two, now, session }) {
      const record = session()
      await one.create(record)
      const seen = { lastSeenAt: now + 5, idleUntil: now + 2 * HOUR }
      await two.touch(record.key, seen)
      same('replaced', await one.replace(record.key, 1, { ...record, blob: 'new' }), true)
      same('session', await two.get(record.key), stored({ ...record, ...seen, blob: 'new' }, 2))
    },
  },
  {
    title: 'ends a session at its idle limit, for every method',
    async run({ one, two, now, wait, session }) {
      const record = session({ idleUntil: now + SHORT })
      const used = session({ idleUntil: now + SHORT })
      for (const each of [record, used]) await one.create(each)
      holds('it lives', (await mustGet(two, record.key)).version === 1)
      await two.touch(used.key, { lastSeenAt: now, idleUntil: now + HOUR })
      await wait(SHORT + 100)
      same('session', await two.get(record.key), null)
      same('replaced', await one.replace(record.key, 1, session()), false)
      await one.touch(record.key, { lastSeenAt: now, idleUntil: now + HOUR })
      same('session', await one.get(record.key), null)
      holds('a session that was used lives', (await one.get(used.key)) !== null)
      await one.create({ ...record, idleUntil: now + HOUR })
      holds('its key is free', (await two.get(record.key)) !== null)
    },
  },
  {
    title: 'ends a session at its absolute limit, however much it is used',
    async run({ one, two, now, wait, session }) {
      const record = session({ absoluteUntil: now + SHORT })
      await one.create(record)
      await one.touch(record.key, { lastSeenAt: now, idleUntil: now + 5 * HOUR })
      await one.replace(record.key, 1, { ...record, idleUntil: now + 6 * HOUR })
      holds('it lives', (await mustGet(two, record.key)).version === 2)
      await wait(SHORT + 100)
      same('session', await two.get(record.key), null)
    },
  },
  {
    title: 'tells what it deleted, as it was at its end, to one of those who delete it',
    async run({ one, two, session }) {
      const record = session({ lookupSid: 'sid-1' })
      await one.create(record)
      await two.replace(record.key, 1, { ...record, blob: 'newest' })
      const deleted = await Promise.all([one.delete(record.key), two.delete(record.key)])
      same('told', count(deleted, null), 1)
      const told = deleted.find((each) => each !== null)
      same('what was there', told, stored({ ...record, blob: 'newest' }, 2))
      same('session', await two.get(record.key), null)
      same('deleted again', await one.delete(record.key), null)
    },
  },
  {
    title: 'deletes a session in the expected version alone',
    async run({ one, two, session }) {
      const record = session()
      await one.create(record)
      await two.replace(record.key, 1, { ...record, blob: 'newest' })
      same('in another version', await one.delete(record.key, 1), null)
      holds('it lives', (await one.get(record.key)) !== null)
      same('in this version', (await one.delete(record.key, 2))?.blob, 'newest')
      same('session', await two.get(record.key), null)
    },
  },
  {
    title: 'ends the sessions of one sid, and no others',
    async run({ one, two, session }) {
      const ended = session({ lookupSid: 'sid-1' })
      const others = [session({ lookupSid: 'sid-2' }), session(), session({ lookupSub: 'sid-1' })]
      for (const record of [ended, ...others]) await one.create(record)
      same('ended', await two.deleteBy({ lookupSid: 'sid-1' }), 1)
      same('session', await one.get(ended.key), null)
      same('replaced', await one.replace(ended.key, 1, ended), false)
      for (const { key } of others) holds(`${key} lives`, (await one.get(key)) !== null)
      same('ended again', await one.deleteBy({ lookupSid: 'sid-1' }), 0)
    },
  },
  {
    title: 'ends every session of a user, and no others',
    async run({ one, two, session }) {
      const ended = times(150).map((i) => session({ lookupSub: 'sub-2', lookupSid: `sid-${i}` }))
      const other = session({ lookupSid: 'sub-2' })
      await Promise.all([...ended, other].map((record, i) => (i % 2 ? one : two).create(record)))
      same('ended', await two.deleteBy({ lookupSub: 'sub-2' }), 150)
      for (const { key } of ended) same('session', await one.get(key), null)
      holds('the other lives', (await one.get(other.key)) !== null)
    },
  },
  {
    title: 'finds a session by what it was last written with',
    async run({ one, two, session }) {
      const record = session({ lookupSub: 'old-sub', lookupSid: 'old-sid' })
      const changed = { ...record, lookupSub: 'new-sub', lookupSid: 'new-sid' }
      await one.create(record)
      same('replaced', await two.replace(record.key, 1, changed), true)
      same('session', await one.get(record.key), stored(changed, 2))
      same('ended by the old sid', await one.deleteBy({ lookupSid: 'old-sid' }), 0)
      same('ended by the old sub', await one.deleteBy({ lookupSub: 'old-sub' }), 0)
      same('ended by the new sid', await two.deleteBy({ lookupSid: 'new-sid' }), 1)
      same('session', await one.get(record.key), null)
    },
  },
  {
    title:
      'does not count a session that was deleted, or that ended, and ends one of the same key later',
    async run({ one, now, wait, session }) {
      const deleted = session()
      const past = session({ idleUntil: now + SHORT })
      for (const record of [deleted, past]) await one.create(record)
      await one.delete(deleted.key)
      await wait(SHORT + 100)
      same('ended', await one.deleteBy({ lookupSub: 'sub-1' }), 0)
      await one.create(deleted)
      same('ended', await one.deleteBy({ lookupSub: 'sub-1' }), 1)
    },
  },
  {
    title: 'sweeps what ended, as much as it is told to, and nothing else',
    async run({ one, now, wait, session }) {
      const past = times(5).map(() => session({ idleUntil: now + SHORT }))
      const living = session()
      for (const record of [...past, living]) await one.create(record)
      await one.once('jti-1', SHORT)
      await one.once('jti-2', HOUR)
      await one.lease('key-1', 'a', SHORT)
      await wait(SHORT + 100)
      // A store that forgets by itself has nothing to sweep.
      if (one.sweep) {
        holds('it sweeps no more than it is told to', (await one.sweep(2)) <= 2)
        await one.sweep(100)
        same('swept again', await one.sweep(100), 0)
      }
      holds('the other session lives', (await one.get(living.key)) !== null)
      same('a name that is taken', await one.once('jti-2', HOUR), false)
    },
  },
]
