// What only a live session needs, in one chunk: fetched when somebody is signed in, on nobody's way to it.
export { recover } from './recover.ts'
export { createSchedule } from './schedule.ts'
export { signOut } from './sign-out.ts'
