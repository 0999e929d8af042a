// What an application asks for itself, in one chunk: fetched with the first of them.
export { watchSessionDeadline } from './deadline/deadline-watch.ts'
export { connect } from './fetch/connection.ts'
export { ProtectedCalls } from './fetch/protected-calls.ts'
export { requireSession } from './guard/require-session.ts'
