import { useEffect, useState } from 'react'
import { subjectOf } from '../core.ts'
import { useAuthContext, type ClientOption } from './auth-context.ts'
import { useSessionValue } from './use-session-value.ts'

/** An image or a download of a protected resource, for `src` and `href`. */
export type ProtectedUrl =
  | { readonly status: 'pending' }
  | { readonly status: 'ready'; readonly url: string }
  | { readonly status: 'failed'; readonly error: Error }

const PENDING: ProtectedUrl = { status: 'pending' }

/**
 * What `auth.fetch` gets from a URL below `protectedResources`, as a URL that an `<img>` can show. It is good while the
 * component is mounted and its user is shown: after that it shows nothing to anybody. Without a URL, or a user, it is pending.
 * @example const photo = useProtectedUrl('/api/photo'); if (photo.status === 'ready') return <img src={photo.url} />
 */
export function useProtectedUrl(url: string | undefined, option: ClientOption = {}): ProtectedUrl {
  const { client } = useAuthContext(option.client)
  const subject = useSessionValue(option, (session) =>
    'user' in session ? subjectOf(session) : undefined,
  )
  const [state, setState] = useState({ url, subject, shown: PENDING })

  useEffect(() => {
    if (url === undefined || subject === undefined) return
    const ended = new AbortController()
    let made: string | undefined
    const show = (shown: ProtectedUrl) => setState({ url, subject, shown })
    const load = async () => {
      const response = await client.fetch(url, { signal: ended.signal })
      if (!response.ok) throw new Error(`${url} answered ${response.status}`)
      const blob = await response.blob()
      if (ended.signal.aborted) return
      made = URL.createObjectURL(blob)
      show({ status: 'ready', url: made })
    }
    load().catch((error: Error) => {
      if (!ended.signal.aborted) show({ status: 'failed', error })
    })
    return () => {
      ended.abort()
      if (made !== undefined) URL.revokeObjectURL(made)
      // Else it would be shown again where the same URL and user come back.
      show(PENDING)
    }
  }, [client, url, subject])

  // What is in the state may be of the URL or the user before.
  return state.url === url && state.subject === subject ? state.shown : PENDING
}
