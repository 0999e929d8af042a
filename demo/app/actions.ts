import { auth } from './auth.ts'
import { provider, setProvider, type ProviderState } from './provider-switches.ts'

/** Something that goes wrong on purpose. */
export interface Action {
  id: string
  label: string
  /** What a naive library would do here: the end of "A naive library …". */
  naive: string
  run: (now: ProviderState) => Promise<unknown>
  /** Beside what is seen to happen: what to know about it. */
  note?: string
}

const failRefresh = (mode: string, more: object = {}) =>
  provider('fail', { endpoint: 'token', grantType: 'refresh_token', mode, ...more })

/** At once, instead of when the token is due: nobody likes to wait for a failure. */
export const refresh = () => void auth.getAccessToken({ forceRefresh: true }).catch(() => {})

export const ACTIONS: Action[] = [
  {
    id: 'network',
    label: 'Take the network away',
    naive: 'redirects to a sign-in page that cannot load.',
    run: () => provider('fail', { endpoint: 'all', mode: 'reset' }),
    note: 'Every connection to the provider breaks, and all tabs are told that they are offline.',
  },
  {
    id: '503',
    label: 'Answer 503 twice',
    naive: 'signs the user out, because a refresh failed.',
    run: () => failRefresh('503', { times: 2 }).then(refresh),
  },
  {
    id: '429',
    label: 'Answer 429, come back in 5 s',
    naive: 'asks again at once, and again, until it is blocked.',
    run: () => failRefresh('429-retry-after', { times: 1, seconds: 5 }).then(refresh),
  },
  {
    id: 'html',
    label: 'Answer with HTML',
    naive: 'throws a SyntaxError at whoever made the call.',
    run: () => failRefresh('html', { times: 1 }).then(refresh),
    note: 'As a hotel’s Wi-Fi does, with status 200.',
  },
  {
    id: 'hang',
    label: 'Never answer',
    naive: 'waits for ever, and every request of the app with it.',
    run: () => failRefresh('hang', { times: 1 }).then(refresh),
    note: 'Given up after 10 s.',
  },
  {
    id: 'lost',
    label: 'Lose an answer after rotation',
    naive: 'presents the spent refresh token from every tab, in a loop.',
    run: async ({ settings }) => {
      if (!settings.rotate) await setProvider({ rotate: true })
      // One that the page may not read. A broken connection would not do: Chromium sends again by itself.
      await failRefresh('no-cors', { times: 1 })
      refresh()
    },
    note: 'Switches rotation on. With a grace window nobody notices; without one the provider must take the second try for theft.',
  },
  {
    id: 'revoke',
    label: 'Revoke the session',
    naive: 'unmounts the app, and the half-filled form with it.',
    run: () => provider('revoke').then(refresh),
    note: 'Sign in again in another tab, and watch this one come back.',
  },
]
