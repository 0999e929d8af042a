import { AuthError } from '../errors.ts'
import { withoutSecrets } from './without-secrets.ts'

/** The part of a request of oauth4webapi's that is read here. */
export interface RequestMessage {
  method: string
  body?: BodyInit | null | undefined
  headers: Record<string, string>
}

/** Parameters that an error may quote. Every other one counts as secret. */
const PUBLIC_PARAMETERS = [
  'client_assertion_type',
  'client_id',
  'grant_type',
  'redirect_uri',
  'resource',
  'scope',
  'token_type_hint',
]

const MAX_LENGTH = 300
/** Of a longer text no more is looked at. */
const MAX_READ_LENGTH = 1000

/** What was sent, for the errors that speak of it: where to, and which words to strike out. */
export class SentRequest {
  url = ''
  /** A client secret or assertion went with it. */
  confidential = false
  readonly #secrets: string[] = []

  note(url: string, { body, headers }: RequestMessage): void {
    this.url = url
    const parameters = body instanceof URLSearchParams ? body : new URLSearchParams()
    for (const [name, value] of parameters) {
      if (!PUBLIC_PARAMETERS.includes(name)) this.#secrets.push(value)
    }
    // `Bearer …`, `DPoP …` (RFC 6750 §2.1), `Basic …` (RFC 6749 §2.3.1)
    const [scheme, credentials = ''] = headers['authorization']?.split(' ') ?? []
    this.#secrets.push(credentials, headers['dpop'] ?? '')
    if (scheme === 'Basic') this.#secrets.push(secretOfBasic(credentials))
    this.confidential =
      scheme === 'Basic' || parameters.has('client_secret') || parameters.has('client_assertion')
  }

  /** Short, and without anything secret that was sent. */
  scrub(text: string): string {
    return withoutSecrets(text.slice(0, MAX_READ_LENGTH), this.#secrets).slice(0, MAX_LENGTH)
  }

  async orUnreachable<T>(talk: () => Promise<T>): Promise<T> {
    try {
      return await talk()
    } catch (error) {
      throw this.unreachableError(error)
    }
  }

  unreachableError(error: unknown): AuthError {
    const { name, message } = error instanceof Error ? error : new Error()
    const timeout = name === 'TimeoutError'
    return new AuthError(timeout ? 'timeout' : 'network', {
      message: timeout
        ? `${this.url} did not answer in time.`
        : `${this.url} did not answer: offline, or refused by CORS or CSP (connect-src).`,
      cause: Object.assign(new Error(this.scrub(message)), { name }),
    })
  }
}

/** RFC 6749 §2.3.1: both parts are form-encoded, which `withoutSecrets` reads. */
function secretOfBasic(credentials: string): string {
  const [, secret = ''] = atob(credentials).split(':')
  return decodeURIComponent(secret.replaceAll('+', ' '))
}
