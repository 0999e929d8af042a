// What an application asks for itself, in one chunk: fetched with the first of them.
export { Connection } from './fetch/connection.ts'
export { ProtectedCalls } from './fetch/protected-calls.ts'
export { requireSession } from './guard/require-session.ts'
