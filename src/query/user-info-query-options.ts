import type { AuthClient } from '../core.ts'
import { whileSignedIn } from './while-signed-in.ts'

/**
 * The provider's UserInfo response as a query.
 * @example const { data } = useQuery(userInfoQueryOptions(auth))
 */
export function userInfoQueryOptions(
  auth: Pick<AuthClient<unknown>, 'getUserInfo' | 'getSession' | 'subscribe'>,
) {
  return {
    queryKey: ['evertoken', 'userinfo'] as const,
    queryFn: ({ signal }: { signal: AbortSignal }): Promise<Record<string, unknown>> =>
      whileSignedIn(auth, signal, () => auth.getUserInfo()),
  }
}
