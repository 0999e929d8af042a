// `evertoken/bff/redis`: sessions of the backend in Redis or Valkey.
export {
  createRedisStore,
  redisClientSettings,
  type RedisStoreOptions,
} from './bff/sessions/redis-store.ts'
export type { EvaluateScript, RedisClient } from './bff/sessions/redis-connection.ts'
