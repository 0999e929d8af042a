// The way in and back, in one chunk: a user who is signed in does not pay for it.
export { createRedirectFlow } from '../sign-in/redirect-flow.ts'
export { createSignIn } from '../sign-in/sign-in.ts'
