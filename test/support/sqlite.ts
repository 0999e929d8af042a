import type { SqliteDatabase } from '../../src/bff/sessions/sqlite-statements.ts'

interface OpenDatabase extends SqliteDatabase {
  close(): void
}

export interface SqliteDriver {
  name: string
  open: (file: string) => OpenDatabase
}

/**
 * Node's own SQLite where this Node has it; libsql else, which has better-sqlite3's API and comes ready built.
 * SQLITE_DRIVER names another package of that API: `SQLITE_DRIVER=better-sqlite3`.
 */
export async function sqliteDriver(): Promise<SqliteDriver> {
  const given = process.env['SQLITE_DRIVER']
  const own = given === undefined ? await nodeSqlite() : undefined
  if (own) return { name: 'node:sqlite', open: (file) => new own(file) }
  const module = (
    given === undefined ? await import('libsql') : await import(/* @vite-ignore */ given)
  ) as { default: DatabaseClass }
  return { name: given ?? 'libsql', open: (file) => new module.default(file) }
}

type DatabaseClass = new (file: string) => OpenDatabase

async function nodeSqlite(): Promise<DatabaseClass | undefined> {
  const name = 'node:sqlite'
  try {
    const module = (await import(/* @vite-ignore */ name)) as { DatabaseSync: DatabaseClass }
    return module.DatabaseSync
  } catch {
    // Before Node 22.13.
    return undefined
  }
}
