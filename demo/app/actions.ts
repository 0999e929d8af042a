import { backend } from './place.ts'
import { provider, setProvider, type ProviderState } from './provider-switches.ts'
import { renew } from './token.ts'

/** A fault that the visitor causes on purpose. */
export interface Action {
  id: string
  label: string
  /** The end of the sentence "A naive library …". */
  naive: string
  run: (now: ProviderState) => Promise<unknown>
  /** What a visitor should know about the fault, beside what happens. */
  note?: string
}

const failRefresh = (mode: string, more: object = {}) =>
  provider('fail', { endpoint: 'token', grantType: 'refresh_token', mode, ...more })

export const refresh = () => void renew().catch(() => {})

export const ACTIONS: Action[] = [
  {
    id: 'network',
    label: backend ? 'Take the provider away' : 'Take the network away',
    naive: 'redirects to a sign-in page that cannot load.',
    run: () => provider('fail', { endpoint: 'all', mode: 'reset' }),
    note: backend
      ? 'Every connection to the provider breaks. The API answers while a token holds.'
      : 'Every connection to the provider breaks, and all tabs are told that they are offline.',
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
    note: backend ? 'A call waits 8 s for it, the backend 28.' : 'Given up after 10 s.',
  },
  {
    id: 'lost',
    label: 'Lose an answer after rotation',
    naive: 'presents the spent refresh token from every tab, in a loop.',
    run: async ({ settings }) => {
      if (!settings.rotate) await setProvider({ rotate: true })
      // The page may not read the answer. A broken connection would not do, because Chromium sends again by itself.
      await failRefresh(backend ? 'drop-answer' : 'no-cors', { times: 1 })
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
