import type { App, AppDevice } from '../setup.ts'

/** The provider ends the session, and the page hears of it. */
export async function expireSession(on: AppDevice & App): Promise<void> {
  for (const known of on.provider.refreshTokens.values()) known.grant.alive = false
  await on.client.getAccessToken({ forceRefresh: true }).catch(() => {})
  await on.world.settle()
}

/** No answer comes any more. @returns what lets them come */
export function holdNetwork({ world: { network } }: AppDevice): () => void {
  const { fetch } = network
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  network.fetch = async (...request) => {
    await released
    return fetch(...request)
  }
  return release
}
