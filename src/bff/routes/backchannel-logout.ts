import { verifyLogoutToken } from '../../oauth/logout-token.ts'
import type { Lookups } from '../keys/lookups.ts'
import { isForm, readText } from '../http/read-parameters.ts'
import type { Tombstones } from '../login/tombstones.ts'
import type { Provider } from '../provider.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Call, Route, RouteParts } from './route.ts'

interface BackchannelParts extends RouteParts {
  provider: Provider
  store: Pick<SessionStore, 'once' | 'taken'>
  tombstones: Tombstones
  lookups: Lookups
}

/** The provider ends sessions (OpenID Connect Back-Channel Logout §2.5): 200 where that was done, 400 for all else (§2.8). */
export function backchannelLogoutRoute(parts: BackchannelParts): Route {
  return {
    methods: ['POST'],
    guarded: false,
    async answer(call) {
      const status = await endSessions(parts, call).catch((error: unknown) => {
        refused(parts, error instanceof Error ? error.message : 'unexpected')
        return 400
      })
      return new Response(null, { status, headers: { 'cache-control': 'no-store' } })
    },
  }
}

async function endSessions(parts: BackchannelParts, call: Call): Promise<number> {
  const { provider, store, sessions, lookups, tombstones, emit } = parts
  if (!isForm(call.request)) {
    return refused(parts, 'its content type is not application/x-www-form-urlencoded')
  }
  const [token, another] = new URLSearchParams(await readText(call)).getAll('logout_token')
  if (!token || another !== undefined) return refused(parts, 'there is not one logout_token')
  const notice = await verifyLogoutToken(await provider.party(call.background), token)
  if ('refused' in notice) return refused(parts, notice.refused)
  const { sub, sid, jti, validForMs } = notice
  const [seen] = await lookups.of('jti', jti)
  const name = `jti:${seen}`
  // First: sent again, it would say that what began since has ended, too.
  if ((await store.taken(name)) > 0) return refused(parts, 'its jti came before')
  // Before sessions are looked for: a callback that is under way writes its session, and then finds it.
  await tombstones.put({ sid, sub })
  const count = await sessions.endAtProvider({ sid, sub })
  emit({
    ...{ type: 'sessions-ended', reason: 'backchannel_logout' },
    ...(count !== undefined && { count }),
  })
  // Last: what failed half-way may be sent again.
  if (!(await store.once(name, validForMs))) return refused(parts, 'its jti came before')
  return 200
}

function refused({ emit }: BackchannelParts, why: string): number {
  emit({ type: 'logout-token-refused', why })
  return 400
}
