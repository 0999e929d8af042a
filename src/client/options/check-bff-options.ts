import { parseUrl } from '../../oauth/endpoint.ts'
import type { BffClientOptions } from './bff-options.ts'
import { checkProtectedResources, checkRenewal, checkUserSchema, wrong } from './check-options.ts'

const KNOWN = 'bff sessionCheck postLogoutRedirectUri protectedResources renewal userSchema'.split(
  ' ',
)

/**
 * Whatever can be wrong with the options of BFF mode, told while developing.
 * @throws TypeError naming the option
 */
export function checkBffOptions<User>(options: BffClientOptions<User>): void {
  for (const [option, value] of Object.entries(options)) {
    if (KNOWN.includes(option) || value === undefined) continue
    throw wrong(
      option,
      'is not an option beside `bff`: what concerns the provider is set in evertoken/bff',
    )
  }
  const { bff, sessionCheck, postLogoutRedirectUri } = options as unknown as Record<string, unknown>
  const base = typeof bff === 'string' && bff ? parseUrl(bff, 'https://app.example/') : undefined
  if (!base || !/^https?:$/.test(base.protocol) || base.search || base.hash) {
    throw wrong(
      'bff',
      'must be a path of this origin, as "/bff", or a URL without query and fragment',
    )
  }
  if (![undefined, 'hinted', 'always'].includes(sessionCheck as undefined)) {
    throw wrong('sessionCheck', 'must be one of "hinted", "always"')
  }
  const isPath =
    typeof postLogoutRedirectUri === 'string' && parseUrl(postLogoutRedirectUri, base.href)
  if (postLogoutRedirectUri !== undefined && !isPath) {
    throw wrong('postLogoutRedirectUri', 'must be a path of this app')
  }
  checkRenewal(options)
  checkProtectedResources(options)
  checkUserSchema(options)
}
