import type { SessionRecord, SessionStore } from '../../src/bff/sessions/session-store.ts'

/** What is put in the place of some methods of a right store. */
export type Mistake = (right: SessionStore) => Partial<SessionStore>
const HOUR = 3_600_000
/** Later than every case. */
const NEVER = 4_000_000_000_000

/** One mistake each that a store may have. */
export const mistakes: [mistake: string, make: Mistake][] = [
  [
    'reads the version, and writes a moment later',
    (right) => ({
      async replace(key, expected, record) {
        if ((await right.get(key))?.version !== expected) return false
        for (let now = await right.get(key); now; now = await right.get(key)) {
          if (await right.replace(key, now.version, record)) return true
        }
        return false
      },
    }),
  ],
  [
    'replaces any version',
    (right) => ({
      async replace(key, _, record) {
        const stored = await right.get(key)
        return stored ? await right.replace(key, stored.version, record) : false
      },
    }),
  ],
  [
    'creates what it should replace',
    (right) => ({
      async replace(key, expected, record) {
        if (await right.get(key)) return await right.replace(key, expected, record)
        await right.create(record)
        return true
      },
    }),
  ],
  [
    'overwrites a key that is taken',
    (right) => ({
      async create(record) {
        await right.delete(record.key)
        return await right.create(record)
      },
    }),
  ],
  [
    'takes back what a touch moved forward',
    (right) => ({
      async replace(key, expected, record) {
        const stored = await right.get(key)
        if (stored?.version !== expected) return false
        const back = { ...stored, ...record }
        await right.delete(key)
        await right.create(back)
        for (let version = 1; version <= expected; version += 1)
          await right.replace(key, version, back)
        return true
      },
    }),
  ],
  [
    'brings an ended session back by a touch',
    (right) => {
      const seenOnce = new Map<string, Parameters<SessionStore['create']>[0]>()
      return {
        async create(record) {
          seenOnce.set(record.key, record)
          return await right.create(record)
        },
        async touch(key, seen) {
          const record = seenOnce.get(key)
          if (record && !(await right.get(key))) await right.create({ ...record, ...seen })
          else await right.touch(key, seen)
        },
      }
    },
  ],
  [
    'deletes a session in any version',
    (right) => ({ delete: async (key) => await right.delete(key) }),
  ],
  [
    'tells of a deletion what was there at first',
    (right) => {
      const first = new Map<string, SessionRecord>()
      return {
        async create(record) {
          first.set(record.key, { ...record, version: 1 })
          return await right.create(record)
        },
        delete: async (key, version) =>
          (await right.delete(key, version)) && (first.get(key) ?? null),
      }
    },
  ],
  [
    'marks no name that is taken',
    (right) => ({ mark: async (name, ms) => void (await right.once(name, ms)) }),
  ],
  ['does not slide', () => ({ touch: async () => {} })],
  [
    'slides beyond the absolute limit',
    (right) => ({
      create: async (record) => await right.create({ ...record, absoluteUntil: NEVER }),
      replace: async (key, version, record) =>
        await right.replace(key, version, { ...record, absoluteUntil: NEVER }),
    }),
  ],
  [
    'does not end idle sessions',
    (right) => ({
      create: async (record) => await right.create({ ...record, idleUntil: record.absoluteUntil }),
    }),
  ],
  [
    'counts a touch as a version',
    (right) => ({
      async touch(key, seen) {
        const stored = await right.get(key)
        if (stored) await right.replace(key, stored.version, { ...stored, ...seen })
      },
    }),
  ],
  [
    'forgets the sid',
    (right) => ({
      create: async ({ lookupSid: _, ...record }) => await right.create(record),
    }),
  ],
  [
    'ends the sessions of every user',
    (right) => ({
      async deleteBy(index) {
        const found = await right.deleteBy(index)
        for (let i = 1; i < 200; i += 1) await right.delete(`key-${i}`)
        return found
      },
    }),
  ],
  [
    'finds a session by what it was created with',
    (right) => {
      const created = new Map<string, { lookupSub: string; lookupSid?: string | undefined }>()
      return {
        async create(record) {
          created.set(record.key, record)
          return await right.create(record)
        },
        replace: async (key, version, record) =>
          await right.replace(key, version, { ...record, ...created.get(key) }),
      }
    },
  ],
  ['gives every lease', () => ({ lease: async () => 'got' as const })],
  [
    'refuses the lease to who has it',
    (right) => {
      const held = new Set<string>()
      return {
        async lease(key, token, ms) {
          if (held.has(token)) return 'busy'
          const outcome = await right.lease(key, token, ms)
          if (outcome === 'got') held.add(token)
          return outcome
        },
      }
    },
  ],
  ['lets anybody renew', () => ({ renew: async () => true })],
  [
    'renews without a new time',
    (right) => ({
      async renew(key, token, ms) {
        if (!(await right.renew(key, token, 3_000))) return false
        return ms > 0
      },
    }),
  ],
  [
    'lets anybody release',
    (right) => {
      const holders = new Map<string, string>()
      return {
        async lease(key, token, ms) {
          const outcome = await right.lease(key, token, ms)
          if (outcome === 'got') holders.set(key, token)
          return outcome
        },
        release: async (key) => await right.release(key, holders.get(key) ?? ''),
      }
    },
  ],
  [
    'does not end leases',
    (right) => ({
      lease: async (key, token) => await right.lease(key, token, HOUR),
    }),
  ],
  ['gives a name more than once', () => ({ once: async () => true })],
  ['keeps a name for ever', (right) => ({ once: async (name) => await right.once(name, 1e12) })],
  [
    'takes a name by asking about it',
    (right) => ({
      taken: async (name) => ((await right.once(name, 3_000)) ? 0 : await right.taken(name)),
    }),
  ],
  [
    'keeps leases and names in one place',
    (right) => ({
      once: async (name, ms) => (await right.lease(name, `once ${Math.random()}`, ms)) === 'got',
      taken: async () => 0,
    }),
  ],
  [
    'sweeps what lives',
    (right) => ({
      async sweep(limit) {
        for (let i = 1; i < 10; i += 1) await right.delete(`key-${i}`)
        return await right.sweep!(limit)
      },
    }),
  ],
  ['does not sweep', () => ({ sweep: async () => 1 })],
]
