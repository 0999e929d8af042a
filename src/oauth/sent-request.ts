import { AuthError } from '../errors.ts'

/** The part of a request of oauth4webapi's that is read here. */
export interface RequestMessage {
  method: string
  body?: BodyInit | null | undefined
  headers: Record<string, string>
}

/** Parameters that no error may quote, though providers and network stacks do. */
const SECRET_PARAMETERS = [
  'code',
  'code_verifier',
  'refresh_token',
  'token',
  'client_secret',
  'client_assertion',
]

const MAX_LENGTH = 300

/** What was sent, for the errors that speak of it: where to, and which words to strike out. */
export class SentRequest {
  url = ''
  /** A client secret or assertion went with it. */
  confidential = false
  readonly #secrets: string[] = []

  note(url: string, { body, headers }: RequestMessage): void {
    this.url = url
    const parameters = body instanceof URLSearchParams ? body : new URLSearchParams()
    for (const name of SECRET_PARAMETERS) this.#secrets.push(...parameters.getAll(name))
    // `Bearer …`, `DPoP …` (RFC 6750 §2.1), `Basic …` (RFC 6749 §2.3.1)
    const [scheme, credentials] = headers['authorization']?.split(' ') ?? []
    this.#secrets.push(...[credentials, headers['dpop']].filter((text) => text !== undefined))
    this.confidential =
      scheme === 'Basic' || parameters.has('client_secret') || parameters.has('client_assertion')
  }

  /** Short, and without anything secret that was sent. */
  scrub(text: string): string {
    const clean = this.#secrets
      .filter((secret) => secret !== '')
      .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
    return clean.slice(0, MAX_LENGTH)
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
