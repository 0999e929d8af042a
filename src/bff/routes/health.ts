import type { HealthAnswer } from '../../bff-protocol.ts'
import type { Provider } from '../provider.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Route } from './route.ts'

/** For load balancers: an instance without its store can serve nobody; one without its provider serves those with valid tokens. */
export function healthRoute(store: SessionStore | undefined, provider: Provider): Route {
  return {
    methods: ['GET', 'HEAD'],
    guarded: false,
    async answer() {
      const answers = await Promise.resolve(store?.get('health')).then(
        () => true,
        () => false,
      )
      const body: HealthAnswer = { store: answers, provider: provider.isKnown }
      return new Response(JSON.stringify(body), {
        status: answers ? 200 : 503,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      })
    },
  }
}
