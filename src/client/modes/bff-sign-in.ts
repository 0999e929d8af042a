import type { LoginParameters, PagePath } from '../../bff-protocol.ts'
import type { BffVault } from '../../vault/bff/bff-vault.ts'
import type { BffClientOptions } from '../options/bff-options.ts'
import type { PageEnvironment } from '../page/environment.ts'
import type { SignInFlow, SignInRequest } from '../sign-in/sign-in-flow.ts'
import type { SignInParts } from '../sign-in/sign-in-parts.ts'
import { SignIn } from '../sign-in/sign-in.ts'
import type { VaultAccess } from './mode.ts'
import { bffUrl } from './open-bff-vault.ts'

const LOGIN: PagePath = '/login'

/** The way in: one navigation to the backend, and nothing to take up when the user comes back. */
export function createBffSignIn<User>(
  parts: Omit<SignInParts<User>, 'flow'>,
  options: Pick<BffClientOptions, 'bff'>,
  access: VaultAccess<BffVault>,
): SignIn<User> {
  const flow: SignInFlow = {
    async begin(request) {
      const url = loginUrl(parts.page, options, request)
      await access.withVault((vault) => vault.signingIn())
      return url
    },
    finish: () => Promise.reject(new Error('nothing comes back in the URL')),
  }
  return new SignIn({ ...parts, flow })
}

/** @throws TypeError naming the option */
function loginUrl(
  page: Pick<PageEnvironment, 'location'>,
  options: Pick<BffClientOptions, 'bff'>,
  { returnTo, prompt, loginHint, maxAge, uiLocales, acrValues, parameters }: SignInRequest,
): string {
  if (parameters) throw new TypeError('signIn: `parameters` are the backend’s to send')
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
