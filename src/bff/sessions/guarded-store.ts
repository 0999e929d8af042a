import { AuthError } from '../../errors.ts'
import { isRecord } from './session-record.ts'
import type { SessionRecord, SessionStore } from './session-store.ts'

type Method = (...args: never[]) => Promise<unknown>

/**
 * A store whose every failure is one `store_unavailable`, whoever wrote it: "the store is down" must never pass for
 * "there is no such session".
 */
export function guardStore(store: SessionStore, onFailure: (error: unknown) => void): SessionStore {
  const guarded = <M extends Method>(name: string, method: M) =>
    (async (...args: Parameters<M>) => {
      try {
        return await method.apply(store, args)
      } catch (error) {
        onFailure(error)
        throw storeError(name, error)
      }
    }) as unknown as M
  const get: SessionStore['get'] = async (key) => readable(await store.get(key))
  const remove: SessionStore['delete'] = async (key, version) =>
    readable(await store.delete(key, version))
  return {
    create: guarded('create', store.create),
    get: guarded('get', get),
    replace: guarded('replace', store.replace),
    touch: guarded('touch', store.touch),
    delete: guarded('delete', remove),
    deleteBy: guarded('deleteBy', store.deleteBy),
    lease: guarded('lease', store.lease),
    renew: guarded('renew', store.renew),
    release: guarded('release', store.release),
    once: guarded('once', store.once),
    mark: guarded('mark', store.mark),
    taken: guarded('taken', store.taken),
  }
}

/** @throws TypeError for what no session can be read from: that there is none is another answer */
function readable(record: SessionRecord | null): SessionRecord | null {
  if (record && !isRecord(record)) throw new TypeError('This record cannot be read.')
  return record
}

function storeError(name: string, cause: unknown): AuthError {
  if (cause instanceof AuthError && cause.code === 'store_unavailable') return cause
  return new AuthError('store_unavailable', {
    message: `The session store failed at ${name}(): sessions are kept, try again later.`,
    cause,
  })
}
