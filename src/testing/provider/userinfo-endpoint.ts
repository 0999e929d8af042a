import type { Grants } from './grants.ts'
import type { LoggedRequest } from './request-log.ts'
import { json } from './responses.ts'

/** OpenID Connect Core §5.3. `change`: members over the right ones. */
export function answerUserInfo(
  { accessTokens }: Grants,
  { headers }: LoggedRequest,
  change: Record<string, unknown>,
): Response {
  const token = headers.get('authorization')?.replace('Bearer ', '') ?? ''
  const grant = accessTokens.get(token)
  if (!grant?.alive) {
    return json({ error: 'invalid_token' }, 401, { 'www-authenticate': 'Bearer' })
  }
  return json({ sub: grant.subject, email: 'user@example.com', ...change })
}
