// What only a live session needs, and what comes back to one, in one chunk: fetched when somebody is signed in, on
// nobody's way to it.
export { askToken, getUserInfo } from './ask-token.ts'
export { comeBack } from './come-back.ts'
export { recover } from './recover.ts'
export { createSchedule } from './schedule.ts'
export { signOut } from './sign-out.ts'
