import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './pack.ts'

const keys = async (entry: string): Promise<string[]> =>
  Object.keys((await import(join(root, 'dist', entry))) as object).toSorted()

const core = ['AuthError', 'createAuthClient', 'mayStartSignIn', 'stepUpNeeded', 'subjectOf']

test('evertoken exports these names and no others', async () => {
  const react = [
    'AuthProvider',
    'RequireSession',
    'SignedIn',
    'SignedOut',
    'useAccessToken',
    'useAuth',
    'useAuthClient',
    'useProtectedUrl',
    'useSessionDeadline',
    'useSuspenseAccessToken',
    'useTokenResponse',
    'useUser',
  ]
  expect(await keys('index.js')).toEqual([...core, ...react].toSorted())
})

test('evertoken/core exports these names and no others', async () => {
  expect(await keys('core.js')).toEqual(core)
})

test('evertoken/query exports these names and no others', async () => {
  expect(await keys('query.js')).toEqual([
    'AuthQueryBinding',
    'ResponseError',
    'bindQueryClient',
    'protectedMutationFn',
    'protectedQueryFn',
    'retryUnlessRefused',
    'sessionPersister',
    'userInfoQueryOptions',
  ])
})

test('evertoken/testing exports these names and no others', async () => {
  expect(await keys('testing.js')).toEqual(['createTestAuth', 'sessionStoreContract'])
})

test('evertoken/bff/redis exports these names and no others', async () => {
  expect(await keys('bff-redis.js')).toEqual(['createRedisStore', 'redisClientSettings'])
})

test('evertoken/bff/sqlite exports these names and no others', async () => {
  expect(await keys('bff-sqlite.js')).toEqual(['createSqliteStore'])
})

test('evertoken/bff exports these names and no others', async () => {
  expect(await keys('bff.js')).toEqual([
    'WEB_SOCKET_SESSION_ENDED',
    'createBff',
    'createMemoryStore',
    'sealedCookies',
  ])
})

test('evertoken/bff/node exports these names and no others', async () => {
  expect(await keys('bff-node.js')).toEqual([
    'createNodeFetch',
    'shutDown',
    'toNodeHandler',
    'toUpgradeHandler',
  ])
})
