import type { LoggedRequest } from './request-log.ts'

/**
 * What happens to one request instead of the usual: `act` is the usual, so that a behaviour decides whether
 * the provider acts before the answer goes wrong.
 */
export type Behaviour = (
  act: () => Promise<Response>,
  request: Omit<LoggedRequest, 'endpoint'>,
) => Response | Promise<Response>

/** Ways for a request to go wrong. */
export const behaviours = {
  /** No answer until the caller gives up; the provider does nothing. */
  hang: (_act, { init }) => untilAborted(init.signal),
  /** No answer, not even when the caller gives up. */
  deaf: () => new Promise<Response>(() => {}),
  /** The provider acts, its answer never arrives. */
  dropAfterActing: async (act) => {
    await act()
    throw new TypeError('Failed to fetch')
  },
  offline: () => Promise.reject(new TypeError('Failed to fetch')),
  html: () => new Response('<html>hotel wifi</html>', { headers: { 'content-type': 'text/html' } }),
  redirect: () => new Response('', { status: 302, headers: { location: 'https://evil.example' } }),
  /** The right JSON, and then two megabytes of blanks. */
  huge: async (act) => {
    const response = await act()
    return new Response((await response.text()) + ' '.repeat(2 ** 21), {
      headers: response.headers,
    })
  },
  /** Headers at once, a body that stops half-way. */
  stall: (_act, { init }) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"access_token":"'))
          untilAborted(init.signal).catch((error: unknown) => controller.error(error))
        },
      }),
      { headers: { 'content-type': 'application/json' } },
    ),
} satisfies Record<string, Behaviour>

/** An answer of this status; the provider does nothing. */
export function status(code: number, headers: Record<string, string> = {}, body = ''): Behaviour {
  return () => new Response(body, { status: code, headers })
}

/** The usual answer, with another body, status or headers. */
export function altered(
  change: (body: string) => string,
  { status, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Behaviour {
  return async (act) => {
    const response = await act()
    return new Response(change(await response.text()), {
      status: status ?? response.status,
      headers: { ...Object.fromEntries(response.headers), ...headers },
    })
  }
}

function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })
}
