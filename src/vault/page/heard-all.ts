import type { VaultEnvironment } from '../environment.ts'

/**
 * What other tabs said to a page while it stood still, or was busy, lies in its queue when it runs again, also that the user
 * signed out. A message of this page to itself comes after all of that: messages of channels are tasks of one source, in order.
 * @param deadlineMs without an answer of its own for so long the page goes on
 * @returns settles when everything was heard
 */
export function heardAll(
  env: Pick<VaultEnvironment, 'channel' | 'timer'>,
  deadlineMs = 300,
): Promise<void> {
  const name = `evertoken.echo.${crypto.getRandomValues(new Uint32Array(4)).join('.')}`
  return new Promise((resolve) => {
    const [ear, mouth] = [env.channel(name), env.channel(name)]
    const end = () => {
      cancel()
      ear?.close()
      mouth?.close()
      resolve()
    }
    const cancel = env.timer(end, deadlineMs)
    // Without channels a page hears nothing, and waits for nothing.
    if (!ear || !mouth) return end()
    ear.listen(end)
    try {
      mouth.post({})
    } catch {
      end()
    }
  })
}
