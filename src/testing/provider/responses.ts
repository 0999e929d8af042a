/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** An error of the token endpoint (RFC 6749 §5.2). */
export function refusal(error: string, status = 400, description?: string): Response {
  return json({ error, error_description: description }, status)
}
