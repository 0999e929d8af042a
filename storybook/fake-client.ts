import type { AuthClient, Session } from 'evertoken'

/** A client that is in one state of the session, and stays there. */
export function clientIn(session: Session): AuthClient<{ sub: string }> {
  const state =
    session.status === 'signed-in'
      ? ({ status: 'ready', accessToken: 'eyJhbGciOi…', expiresAt: Date.now() + 300_000 } as const)
      : ({ status: 'pending' } as const)
  const nothing = async (): Promise<void> => {}
  return {
    getSession: () => session,
    subscribe: () => () => {},
    observe: () => () => {},
    observeAccessToken: () => {
      const snapshot = { ...state, refresh: async () => 'eyJhbGciOi…', renewal: 'idle' } as const
      return { subscribe: () => () => {}, getSnapshot: () => snapshot }
    },
    start() {},
    stop() {},
    whenSettled: async () => session,
    signIn: nothing,
    signOut: nothing,
    getAccessToken: async () => 'eyJhbGciOi…',
    getTokenResponse: () => undefined,
    getAccessTokenState: () => state,
    getRenewal: () => 'idle',
    subscribeAccessToken: () => () => {},
    getUserInfo: async () => ({}),
    diagnostics: () => ({
      vault: 'worker',
      fallback: undefined,
      clockOffset: undefined,
      renewable: undefined,
      transitions: [],
      errors: [],
    }),
  }
}
