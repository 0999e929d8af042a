/** A database that is open already: `node:sqlite`, better-sqlite3, libsql. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/** A prepared statement, as `node:sqlite`, better-sqlite3 and libsql have it. */
export interface SqliteStatement {
  run(values: SqliteValues): { changes: number | bigint }
  get(values: SqliteValues): unknown
}

/** By the names in the statement: numbered ones are not the same in all drivers. */
export type SqliteValues = Record<string, string | number | null>

// `ends_at` is the lesser of both limits, in a column of its own so that it has an index.
const SCHEMA = `
CREATE TABLE IF NOT EXISTS evertoken_sessions (
  key TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  lookup_sub TEXT NOT NULL,
  lookup_sid TEXT,
  last_seen_at INTEGER NOT NULL,
  idle_until INTEGER NOT NULL,
  absolute_until INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS evertoken_sessions_sub ON evertoken_sessions (lookup_sub);
CREATE INDEX IF NOT EXISTS evertoken_sessions_sid ON evertoken_sessions (lookup_sid);
CREATE INDEX IF NOT EXISTS evertoken_sessions_end ON evertoken_sessions (ends_at);
CREATE TABLE IF NOT EXISTS evertoken_claims (
  name TEXT PRIMARY KEY,
  token TEXT,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS evertoken_claims_end ON evertoken_claims (until);
`

/** A claim holds between its two ends. One that begins in the future is from before the clock was set back. */
const SQL = {
  create: `
    INSERT INTO evertoken_sessions
      (key, version, lookup_sub, lookup_sid, last_seen_at, idle_until, absolute_until, ends_at, record)
    VALUES (:key, 1, :sub, :sid, :seen, :idle, :absolute, min(:idle, :absolute), :record)
    ON CONFLICT (key) DO UPDATE SET
      version = 1, lookup_sub = :sub, lookup_sid = :sid, last_seen_at = :seen, idle_until = :idle,
      absolute_until = :absolute, ends_at = min(:idle, :absolute), record = :record
    WHERE ends_at <= :now`,
  get: 'SELECT * FROM evertoken_sessions WHERE key = :key AND ends_at > :now',
  replace: `
    UPDATE evertoken_sessions SET
      version = version + 1, lookup_sub = :sub, lookup_sid = :sid, last_seen_at = max(last_seen_at, :seen),
      idle_until = max(idle_until, :idle), absolute_until = :absolute,
      ends_at = min(max(idle_until, :idle), :absolute), record = :record
    WHERE key = :key AND ends_at > :now AND version = :version`,
  touch: `
    UPDATE evertoken_sessions SET
      last_seen_at = max(last_seen_at, :seen), idle_until = max(idle_until, :idle),
      ends_at = min(max(idle_until, :idle), absolute_until)
    WHERE key = :key AND ends_at > :now`,
  delete: `
    DELETE FROM evertoken_sessions
    WHERE key = :key AND ends_at > :now AND (:version IS NULL OR version = :version) RETURNING *`,
  deleteBySub: 'DELETE FROM evertoken_sessions WHERE lookup_sub = :sub AND ends_at > :now',
  deleteBySid: 'DELETE FROM evertoken_sessions WHERE lookup_sid = :sid AND ends_at > :now',
  // No token equals none, so a name is never given twice, and a lease is to the token that has it.
  claim: `
    INSERT INTO evertoken_claims (name, token, since, until) VALUES (:name, :token, :now, :until)
    ON CONFLICT (name) DO UPDATE SET token = :token, since = :now, until = :until
    WHERE token = :token OR until <= :now OR since > :now`,
  mark: `
    INSERT INTO evertoken_claims (name, token, since, until) VALUES (:name, NULL, :now, :until)
    ON CONFLICT (name) DO UPDATE SET token = NULL, since = :now, until = :until`,
  renew: `
    UPDATE evertoken_claims SET since = :now, until = :until
    WHERE name = :name AND token = :token AND until > :now AND since <= :now`,
  release: 'DELETE FROM evertoken_claims WHERE name = :name AND token = :token',
  claimed:
    'SELECT until FROM evertoken_claims WHERE name = :name AND until > :now AND since <= :now',
  sweepSessions: `
    DELETE FROM evertoken_sessions WHERE key IN
      (SELECT key FROM evertoken_sessions WHERE ends_at <= :now LIMIT :limit)`,
  sweepClaims: `
    DELETE FROM evertoken_claims WHERE name IN
      (SELECT name FROM evertoken_claims WHERE until <= :now LIMIT :limit)`,
} as const

export type SqliteStatements = Record<keyof typeof SQL, SqliteStatement>

/** Each is one statement, so it is a transaction of its own that takes the write lock at its start, and waits for it. */
export function prepareStatements(
  database: SqliteDatabase,
  busyTimeoutMs: number,
): SqliteStatements {
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  // Readers do not wait for the writer.
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(SCHEMA)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])
  return Object.fromEntries(prepared) as SqliteStatements
}
