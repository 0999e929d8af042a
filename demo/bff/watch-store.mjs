/** As the backend's own events name a session. */
const nameOf = (/** @type {string} */ key) => key.slice(0, 16)

/**
 * The same store, and its changes are told: what is in the open there, never what is sealed.
 *
 * @param {import('evertoken/bff').SessionStore} store
 * @param {import('./messages.ts').Calling} calling
 * @param {(change: import('./messages.ts').StoreChange) => void} tell
 * @returns {import('evertoken/bff').SessionStore}
 */
export function watchStore(store, calling, tell) {
  /** @param {import('evertoken/bff').NewSessionRecord} record @param {number} writes */
  const written = (record, writes) => {
    const { key, createdAt, lastSeenAt, idleUntil, absoluteUntil, refresh, blob } = record
    const endsAt = Math.min(idleUntil, absoluteUntil)
    const isRefreshing = refresh.phase === 'started'
    const seen = { session: nameOf(key), calling, createdAt, lastSeenAt, endsAt }
    tell({ type: 'written', stored: { ...seen, writes, isRefreshing, sealedBytes: blob.length } })
  }
  return {
    get: (key) => store.get(key),
    deleteBy: (index) => store.deleteBy(index),
    once: (name, ttlMs) => store.once(name, ttlMs),
    taken: (name) => store.taken(name),
    mark: (...given) => store.mark(...given),
    renew: (key, token, durationMs) => store.renew(key, token, durationMs),
    async create(record) {
      const created = await store.create(record)
      if (created) written(record, 1)
      return created
    },
    async replace(key, expectedVersion, record) {
      const replaced = await store.replace(key, expectedVersion, record)
      if (replaced) written({ ...record, key }, expectedVersion + 1)
      return replaced
    },
    async touch(key, seen) {
      await store.touch(key, seen)
      tell({ type: 'seen', session: nameOf(key), lastSeenAt: seen.lastSeenAt })
    },
    async delete(key, version) {
      const last = await store.delete(key, version)
      if (last) tell({ type: 'deleted', session: nameOf(key) })
      return last
    },
    async lease(key, token, durationMs) {
      const answer = await store.lease(key, token, durationMs)
      tell({ type: 'leased', session: nameOf(key), got: answer === 'got' })
      return answer
    },
    async release(key, token) {
      await store.release(key, token)
      tell({ type: 'released', session: nameOf(key) })
    },
  }
}
