/** @param location absolute, so that nothing in front of the server has to complete it */
export function seeOther(location: string, setCookies: readonly string[] = []): Response {
  const response = new Response(null, {
    status: 303,
    headers: {
      location,
      'cache-control': 'no-store',
      // What is in the address bar now must not go on (RFC 9700 §4.2.4).
      'referrer-policy': 'no-referrer',
    },
  })
  for (const cookie of setCookies) response.headers.append('set-cookie', cookie)
  return response
}

export function jsonResponse(body: unknown, setCookies: readonly string[] = []): Response {
  const response = new Response(JSON.stringify(body), {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
  for (const cookie of setCookies) response.headers.append('set-cookie', cookie)
  return response
}

export function nothing(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { 'cache-control': 'no-store', ...headers } })
}
