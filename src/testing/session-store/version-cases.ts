import { count, HOUR, mustGet, same, stored, times, type ContractCase } from './setup.ts'

/** Sessions are written whole, by version. */
export const versionCases: ContractCase[] = [
  {
    title: 'gives a session back as it was stored, as version 1, to every instance',
    async run({ one, two, session }) {
      const record = session({ lookupSid: 'sid-1' })
      await one.create(record)
      for (const store of [one, two])
        same('session', await store.get(record.key), stored(record, 1))
      same('a key that nobody stored', await two.get('key-none'), null)
    },
  },
  {
    title: 'keeps a session without a sid, a refresh that began, and any text',
    async run({ one, two, now, session }) {
      const record = session({
        key: 'k:{1}*?[a]"\\',
        refresh: { phase: 'started', startedAt: now - 1, holder: 'process "7" {}' },
        blob: `é\u2028😀'"\\\u0000${'x'.repeat(100_000)}`,
      })
      await one.create(record)
      same('session', await two.get(record.key), stored(record, 1))
    },
  },
  {
    title: 'refuses a key that is taken, and leaves the session that has it',
    async run({ one, two, session }) {
      const record = session()
      same('created', await one.create(record), true)
      same('created again', await two.create({ ...record, blob: 'other' }), false)
      same('session', await one.get(record.key), stored(record, 1))
    },
  },
  {
    title: 'replaces the expected version only, and counts by itself',
    async run({ one, two, session }) {
      const record = session()
      await one.create(record)
      same('of version 1', await two.replace(record.key, 1, { ...record, blob: 'second' }), true)
      same('of version 1 again', await one.replace(record.key, 1, { ...record, blob: 'no' }), false)
      same('of a later one', await one.replace(record.key, 3, { ...record, blob: 'no' }), false)
      const counted = { ...record, blob: 'third', version: 40 }
      same('of version 2', await one.replace(record.key, 2, counted), true)
      same('session', await two.get(record.key), stored({ ...record, blob: 'third' }, 3))
    },
  },
  {
    title: 'replaces nothing where there is no session',
    async run({ one, session }) {
      const record = session()
      for (const version of [0, 1]) {
        same('replaced', await one.replace(record.key, version, record), false)
      }
      same('session', await one.get(record.key), null)
    },
  },
  {
    title: 'lets one of 25 writers of a version through',
    async run({ one, two, session }) {
      const record = session()
      await one.create(record)
      const outcomes = await Promise.all(
        times(25).map((i) =>
          (i % 2 ? one : two).replace(record.key, 1, { ...record, blob: `by ${i}` }),
        ),
      )
      same('writers let through', count(outcomes, true), 1)
      const winner = `by ${outcomes.indexOf(true)}`
      same('session', await one.get(record.key), stored({ ...record, blob: winner }, 2))
    },
  },
  {
    title: 'loses no update of 8 writers that read, change and try again',
    async run({ one, two, session }) {
      const record = session({ blob: '0' })
      await one.create(record)
      const increment = async (store: typeof one): Promise<void> => {
        for (;;) {
          const { version, ...read } = await mustGet(store, record.key)
          const next = { ...read, blob: String(Number(read.blob) + 1) }
          if (await store.replace(record.key, version, next)) return
        }
      }
      const writers = times(8).map(async (i) => {
        for (const _ of times(5)) await increment(i % 2 ? one : two)
      })
      await Promise.all(writers)
      same('session', await two.get(record.key), stored({ ...record, blob: '40' }, 41))
    },
  },
  {
    title: 'lets a deletion win over the writer that comes after it',
    async run({ one, two, session }) {
      const record = session()
      await one.create(record)
      await two.delete(record.key)
      same('replaced', await one.replace(record.key, 1, record), false)
      await one.touch(record.key, { lastSeenAt: record.lastSeenAt, idleUntil: record.idleUntil })
      same('session', await one.get(record.key), null)
      await two.delete(record.key)
    },
  },
  {
    title: 'lets a deletion win over writers at the same time',
    async run({ one, two, session }) {
      for (const round of times(10)) {
        const record = session()
        await one.create(record)
        const seen = { lastSeenAt: record.lastSeenAt, idleUntil: record.idleUntil + HOUR }
        const writes = [
          () => one.replace(record.key, 1, record),
          () => two.touch(record.key, seen),
          () => two.replace(record.key, 1, record),
        ]
        writes.splice(round % 4, 0, async () => void (await one.delete(record.key)))
        await Promise.all(writes.map(async (write) => await write()))
        same(`session of round ${round}`, await two.get(record.key), null)
      }
    },
  },
]
