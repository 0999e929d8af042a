import { QueryClient, QueryClientProvider, useMutation, useQuery } from '@tanstack/react-query'
import type { Meta, StoryObj } from '@storybook/react-vite'
import {
  AuthError,
  AuthProvider,
  stepUpNeeded,
  useAuth,
  useAuthClient,
  useProtectedUrl,
  type AuthClient,
  type UserClaims,
} from 'evertoken'
import {
  AuthQueryBinding,
  protectedMutationFn,
  protectedQueryFn,
  ResponseError,
} from 'evertoken/query'
import { createTestAuth } from 'evertoken/testing'
import { useState, type ReactNode } from 'react'

type Client = AuthClient<UserClaims>

const BADGE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60"><rect width="120" height="60" rx="8" fill="#4a3fdb"/></svg>'
const STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age=300'

const svg = () => new Response(BADGE, { headers: { 'content-type': 'image/svg+xml' } })
const confirmFirst = () =>
  new Response(null, { status: 401, headers: { 'www-authenticate': STEP_UP } })
const never = () => new Promise<never>(() => {})
const failsWith = (code: 'popup_blocked' | 'popup_closed') => async () => {
  throw new AuthError(code, { message: 'Nobody was signed in. Offer the sign-in again.' })
}

/** Ada's session, in which calls and sign-ins end as the story says. */
function Stage({ client, children }: { client: Partial<Client>; children: ReactNode }) {
  const [queryClient] = useState(() => new QueryClient())
  const [all] = useState(() => ({ ...createTestAuth({ user: { sub: 'ada' } }), ...client }))
  return (
    <QueryClientProvider client={queryClient}>
      <AuthProvider client={all}>
        <AuthQueryBinding />
        <article style={{ font: '15px/1.5 system-ui', width: '22rem' }}>{children}</article>
      </AuthProvider>
    </QueryClientProvider>
  )
}

/** An image that only its user may see. */
function Badge() {
  const badge = useProtectedUrl('/api/badge')
  if (badge.status === 'pending') return <p>One moment …</p>
  if (badge.status === 'failed') return <p role="alert">{badge.error.message}</p>
  return <img src={badge.url} alt="Ada’s badge" />
}

/** A list, by TanStack Query. */
function Orders() {
  const auth = useAuthClient()
  const { data, error } = useQuery({
    queryKey: ['orders'],
    queryFn: protectedQueryFn<string[]>(auth, '/api/orders'),
  })
  if (error) return <p role="alert">{error.message}</p>
  if (!data) return <p>One moment …</p>
  return (
    <ul>
      {data.map((order) => (
        <li key={order}>{order}</li>
      ))}
    </ul>
  )
}

/** What the resource wants beside the session (RFC 9470), in the words of `signIn`. */
function Payment() {
  const auth = useAuthClient()
  const pay = useMutation({
    mutationFn: protectedMutationFn<void>(auth, () => ['/api/payment', { method: 'POST' }]),
  })
  const stepUp = pay.error instanceof ResponseError ? stepUpNeeded(pay.error.response) : undefined
  return (
    <>
      <button type="button" onClick={() => pay.mutate()}>
        Pay
      </button>
      {stepUp && (
        <p role="status">
          Confirm who you are ({stepUp.acrValues}):{' '}
          <button
            type="button"
            onClick={() => void auth.signIn({ ...stepUp, mode: 'popup' }).then(() => pay.mutate())}
          >
            Confirm
          </button>
        </p>
      )}
    </>
  )
}

/** A sign-in beside the page, which stays as it is. */
function Popup() {
  const { signIn } = useAuth()
  const [outcome, setOutcome] = useState('')
  const start = () =>
    signIn({ mode: 'popup' }).then(
      () => setOutcome('signed in'),
      (error: AuthError) => setOutcome(error.code),
    )
  return (
    <p>
      <button type="button" onClick={() => void start()}>
        Sign in again
      </button>{' '}
      <span role="status">{outcome}</span>
    </p>
  )
}

const meta: Meta<typeof Stage> = { title: 'Calls', component: Stage }
export default meta

const story = (children: ReactNode, client: Partial<Client>): StoryObj<typeof Stage> => ({
  args: { children, client },
})

export const ImagePending = story(<Badge />, { fetch: never })
export const ImageReady = story(<Badge />, { fetch: async () => svg() })
export const ImageRefused = story(<Badge />, {
  fetch: async () => new Response(null, { status: 403 }),
})
export const List = story(<Orders />, { fetch: async () => Response.json(['Tea', 'Biscuits']) })
export const ListRefused = story(<Orders />, {
  fetch: async () => new Response(null, { status: 403 }),
})
export const StepUp = story(<Payment />, { fetch: async () => confirmFirst() })
export const PopupSignsIn = story(<Popup />, {})
export const PopupBlocked = story(<Popup />, { signIn: failsWith('popup_blocked') })
export const PopupClosed = story(<Popup />, { signIn: failsWith('popup_closed') })
