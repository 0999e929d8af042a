// `evertoken/bff/sqlite`: sessions of the backend in a file of its host.
export { createSqliteStore, type SqliteStoreOptions } from './bff/sessions/sqlite-store.ts'
export type {
  SqliteDatabase,
  SqliteStatement,
  SqliteValues,
} from './bff/sessions/sqlite-statements.ts'
