// What is published, and the test kit built beside it, by addresses that need not exist while types are checked.

/** @param {string} path of a module in `dist` */
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href)

export const { createClient } =
  /** @type {typeof import('../src/client/create-auth-client.ts')} */ (
    await built('client/create-auth-client.js')
  )
export const { createTestProvider } =
  /** @type {typeof import('../src/testing/provider/test-provider.ts')} */ (
    await built('testing/provider/test-provider.js')
  )
export const { VirtualTab } = /** @type {typeof import('../src/testing/device/tab.ts')} */ (
  await built('testing/device/tab.js')
)
export const { VirtualWorkers } = /** @type {typeof import('../src/testing/device/workers.ts')} */ (
  await built('testing/device/workers.js')
)
export const { Activity } = /** @type {typeof import('../src/testing/device/activity.ts')} */ (
  await built('testing/device/activity.js')
)
export const { createBff } = /** @type {typeof import('../src/bff/create-bff.ts')} */ (
  await built('bff/create-bff.js')
)
export const { createMemoryStore } =
  /** @type {typeof import('../src/bff/sessions/memory-store.ts')} */ (
    await built('bff/sessions/memory-store.js')
  )
export const { toNodeHandler } =
  /** @type {typeof import('../src/bff/node/to-node-handler.ts')} */ (
    await built('bff/node/to-node-handler.js')
  )
export const { runtimeEnvironment } = /** @type {typeof import('../src/bff/environment.ts')} */ (
  await built('bff/environment.js')
)
export const { createRedisStore, redisClientSettings } =
  /** @type {typeof import('../src/bff/sessions/redis-store.ts')} */ (
    await built('bff/sessions/redis-store.js')
  )
