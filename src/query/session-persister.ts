import { subjectOf, type AuthClient } from '../core.ts'

/** TanStack's `Persister`, as far as it is used. */
export interface Persister<Client extends object> {
  persistClient(client: Client): unknown
  restoreClient(): Client | undefined | PromiseLike<Client | undefined>
  removeClient(): unknown
}

/**
 * A persister whose copy of the cache belongs to a user: it is restored for that user alone, after the session is known,
 * and paused mutations with it.
 * @example persistQueryClient({ queryClient, persister: sessionPersister(auth, createSyncStoragePersister({ storage })) })
 */
export function sessionPersister<Client extends object>(
  auth: Pick<AuthClient<unknown>, 'getSession' | 'whenSettled'>,
  persister: Persister<Client>,
): {
  persistClient(client: Client): Promise<void>
  restoreClient(): Promise<Client | undefined>
  removeClient(): Promise<void>
} {
  let newest: Client | undefined
  return {
    async persistClient(client) {
      newest = client
      const session = auth.getSession()
      // A cache that is being emptied says so query by query: until the last one it is whose it was before.
      await Promise.resolve()
      // Whose the cache is, is not known yet.
      if (newest !== client || session.status === 'restoring') return
      await persister.persistClient({ ...client, subject: subjectOf(session) })
    },
    async restoreClient() {
      const session = await auth.whenSettled()
      const client: (Client & { subject?: string }) | undefined = await persister.restoreClient()
      if (!client || client.subject === subjectOf(session)) return client
      await persister.removeClient()
      return undefined
    },
    removeClient: async () => void (await persister.removeClient()),
  }
}
