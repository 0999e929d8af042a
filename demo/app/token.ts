import { useAccessToken, type AccessToken } from 'evertoken'
import { auth } from './auth.ts'
import { callBackend } from './call-backend.ts'
import { place } from './place.ts'

/** `elsewhere`: calls go through the backend, and no token is in the page. */
export type ShownToken = AccessToken | { status: 'elsewhere' }

const ELSEWHERE: ShownToken = { status: 'elsewhere' }

/** The access token, as far as it is in this page. */
export const useToken: () => ShownToken =
  place === 'proxied' ? () => ELSEWHERE : () => useAccessToken()

/** Refreshes at once, so that a visitor need not wait until the token is due. @throws what the session's owner said */
export async function renew(): Promise<void> {
  if (place !== 'proxied') return void (await auth.getAccessToken({ forceRefresh: true }))
  await callBackend('/refresh', { method: 'POST' })
}
