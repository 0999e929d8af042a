import type { Adapter, AdapterPayload } from 'oidc-provider'

/**
 * Keeps the provider's sessions, grants and tokens in a map that lives as long as the process.
 * The storage of oidc-provider itself is shared by all providers of a process and forgets after a thousand entries.
 */
export function createStorage(): (model: string) => Adapter {
  const entries = new Map<string, { payload: AdapterPayload; until: number }>()
  let writes = 0

  function sweep() {
    const now = Date.now()
    for (const [key, { until }] of entries) if (until < now) entries.delete(key)
  }

  return (model) => {
    const keyOf = (id: string) => `${model}:${id}`
    const findBy = (name: 'uid' | 'userCode', value: string) =>
      [...entries].find(
        ([key, { payload }]) => key.startsWith(`${model}:`) && payload[name] === value,
      )?.[1].payload
    return {
      async upsert(id, payload, expiresIn) {
        if (++writes % 1000 === 0) sweep()
        const until = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
        entries.set(keyOf(id), { payload, until })
      },
      async find(id) {
        return entries.get(keyOf(id))?.payload
      },
      findByUid: async (uid) => findBy('uid', uid),
      findByUserCode: async (userCode) => findBy('userCode', userCode),
      async consume(id) {
        const entry = entries.get(keyOf(id))
        if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        entries.delete(keyOf(id))
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of entries) {
          if (key.startsWith(`${model}:`) && payload.grantId === grantId) entries.delete(key)
        }
      },
    }
  }
}
