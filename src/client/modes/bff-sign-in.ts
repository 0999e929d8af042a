import type { LoginParameters, PagePath } from '../../bff-protocol.ts'
import { AuthError } from '../../errors.ts'
import type { BffVault } from '../../vault/bff/bff-vault.ts'
import type { BffClientOptions } from '../options/bff-options.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { SignInFlow, SignInRequest } from '../sign-in/sign-in-flow.ts'
import type { SignInParts } from '../sign-in/sign-in-parts.ts'
import { newState } from '../sign-in/popup-state.ts'
import { SignIn } from '../sign-in/sign-in.ts'
import type { VaultAccess } from './mode.ts'
import { bffUrl } from './open-bff-vault.ts'

const LOGIN: PagePath = '/login'

/** The way in: one navigation to the backend, whose cookie says who is signed in when the user comes back. */
export function createBffSignIn<User>(
  parts: Omit<SignInParts<User>, 'flow'>,
  options: Pick<BffClientOptions, 'bff'> & { name: string },
  access: VaultAccess<BffVault>,
): SignIn<User> {
  const flow: SignInFlow = {
    async begin(request) {
      const state = newState(options.name, request.popup)
      // The page in a popup has no other way to tell that it is in one.
      const returnTo = request.popup
        ? `${request.returnTo.split('#')[0]}#${state}`
        : request.returnTo
      const url = loginUrl(parts.page, options, { ...request, returnTo })
      await access.withVault((vault) => vault.signingIn())
      return { url, state }
    },
    async finish() {
      const state = await access.withVault((vault) => vault.signedIn())
      return state.status === 'live'
        ? { ok: true, state, returnTo: undefined }
        : { ok: false, error: nobodySignedInError(), returnTo: undefined }
    },
  }
  return new SignIn({ ...parts, flow })
}

function nobodySignedInError(): AuthError {
  return new AuthError('authorization_failed', { message: 'The backend signed nobody in.' })
}

/** @throws TypeError naming the option */
function loginUrl(
  page: Pick<PageEnvironment, 'location'>,
  options: Pick<BffClientOptions, 'bff'>,
  { returnTo, prompt, loginHint, maxAge, uiLocales, acrValues, scope, parameters }: SignInRequest,
): string {
  if (parameters) throw new TypeError('signIn: `parameters` are the backend’s to send')
  if (scope !== undefined) throw new TypeError('signIn: `scope` is the backend’s to send')
  const login: LoginParameters = {
    returnTo,
    ...(prompt !== undefined && { prompt }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(uiLocales !== undefined && { ui_locales: uiLocales }),
    ...(acrValues !== undefined && { acr_values: acrValues }),
  }
  return `${bffUrl(page, options)}${LOGIN}?${new URLSearchParams({ ...login })}`
}
