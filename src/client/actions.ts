// The ways in and out, in one chunk: nobody who is signed in pays for them until they are used.
export { checkUser } from './check-user.ts'
export { finishSignIn } from './finish-sign-in.ts'
export { restore } from './restore.ts'
export { signIn } from './sign-in.ts'
