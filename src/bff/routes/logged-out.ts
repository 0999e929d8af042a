import { localPath } from '../../oauth/local-path.ts'
import { seeOther } from '../http/responses.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Route, RouteParts } from './route.ts'

/** The way back from the provider's end-session endpoint. Providers give `state` back, another one, or none: all are fine. */
export function loggedOutRoute({ settings, keys }: RouteParts & { keys: KeyRing }): Route {
  return {
    methods: ['GET'],
    guarded: false,
    async answer({ url }) {
      const path = await keys.open('logout', url.searchParams.get('state') ?? '')
      const given = typeof path === 'string' ? localPath(settings.origin, path) : undefined
      return seeOther(settings.origin + (given ?? settings.loggedOutPath))
    },
  }
}
