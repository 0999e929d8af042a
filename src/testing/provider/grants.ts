/** What a user allowed at one sign-in: all codes and tokens that come of it stand and fall with it. */
export interface Grant {
  /** `sub` of that user. */
  subject: string
  scope: string
  nonce: string | null
  authTime: number
  alive: boolean
}

export interface Code extends Grant {
  redirectUri: string | null
  challenge: string | null
  /** Signed beforehand, where signing may not count. */
  idToken?: string | undefined
}

export interface RefreshToken {
  grant: Grant
  spentAt?: number
  /** Its successor, once it is spent. */
  next?: string
}

/** Everything a provider has issued. */
export class Grants {
  readonly codes = new Map<string, Code>()
  readonly accessTokens = new Map<string, Grant>()
  readonly refreshTokens = new Map<string, RefreshToken>()
  readonly revoked: string[] = []
  /** Every secret that ever left this provider or came to it. */
  readonly secrets = new Set<string>()

  newSecret(kind: 'code' | 'at' | 'rt'): string {
    const bytes = crypto.getRandomValues(new Uint8Array(12))
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const secret = `${kind}-${hex}`
    this.secrets.add(secret)
    return secret
  }

  /** Codes serve once (RFC 6749 §4.1.2). */
  takeCode(value: string): Code | undefined {
    const code = this.codes.get(value)
    this.codes.delete(value)
    return code
  }

  issueRefreshToken(grant: Grant, value = this.newSecret('rt')): string {
    this.refreshTokens.set(value, { grant })
    return value
  }

  /** RFC 7009 §2.1: with a refresh token ends all that came of its grant. */
  revoke(token: string): void {
    this.revoked.push(token)
    const known = this.refreshTokens.get(token)
    if (known) known.grant.alive = false
  }
}
