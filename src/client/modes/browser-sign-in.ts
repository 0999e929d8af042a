import { RedirectFlow, type RedirectFlowParts } from '../sign-in/redirect-flow.ts'
import type { SignInParts } from '../sign-in/sign-in-parts.ts'
import { SignIn } from '../sign-in/sign-in.ts'

/** The way in and back, in one chunk: a user who is signed in does not pay for it. */
export function createBrowserSignIn<User>(
  parts: Omit<SignInParts<User>, 'flow'>,
  flowParts: RedirectFlowParts,
): SignIn<User> {
  return new SignIn({ ...parts, flow: new RedirectFlow(flowParts) })
}
