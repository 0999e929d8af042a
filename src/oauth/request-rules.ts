import type { AuthErrorCode } from '../errors.ts'
import type { JsonObject } from './json.ts'

/** What the library does not say of a request, and how its answer is read. */
export interface RequestRules extends Pick<RequestInit, 'cache' | 'keepalive'> {
  /** The code of a 4xx other than 408 and 429. */
  refusal: AuthErrorCode
  /** How long its answer may take. Default: what a request may take that only reads. */
  deadlineMs?: number
  /** A public document: redirects are followed, and any content type is taken that holds JSON. */
  isDocument?: boolean
  /** Verifies an answer that came as a JWT, where one may come. */
  readJwt?: (jwt: string) => Promise<JsonObject>
}
