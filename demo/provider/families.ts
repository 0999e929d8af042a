import type Provider from 'oidc-provider'

/** The refresh tokens that descend from one sign-in (RFC 9700 §4.14.2). */
export interface Family {
  grantId: string
  sub: string | undefined
  /** Refresh tokens ever issued. */
  issued: number
  /** Refresh tokens that still work. */
  live: number
  /** An old refresh token was presented again, and the family ended for it. */
  reused: boolean
  revoked: boolean
}

export interface Families {
  list(): Family[]
  /** Ends all families, so that the next refresh is `invalid_grant`. */
  revokeAll(): Promise<void>
  reset(): void
}

export function watchFamilies(provider: Provider): Families {
  const families = new Map<string, Family & { tokens: Set<string> }>()
  const of = (grantId: string) => {
    const known = families.get(grantId)
    if (known) return known
    const fresh = {
      ...{ grantId, sub: undefined, issued: 0, live: 0, reused: false, revoked: false },
      tokens: new Set<string>(),
    }
    families.set(grantId, fresh)
    return fresh
  }

  provider.on('refresh_token.saved', (token) => {
    const family = of(token.grantId ?? '')
    family.sub = token.accountId
    if (family.tokens.has(token.jti)) return
    family.issued += 1
    family.tokens.add(token.jti)
    family.live += 1
  })
  provider.on('refresh_token.consumed', (token) => {
    of(token.grantId ?? '').live -= 1
  })
  provider.on('refresh_token.destroyed', (token) => {
    const family = of(token.grantId ?? '')
    if (!token.consumed) family.live -= 1
  })
  provider.on('grant.revoked', (_ctx, grantId) => end(of(grantId)))
  provider.on('grant.error', (ctx, error) => {
    const grantId = ctx.oidc.entities.RefreshToken?.grantId
    if (grantId && /already used/.test(error.error_detail ?? '')) of(grantId).reused = true
  })

  function end(family: Family) {
    family.revoked = true
    family.live = 0
  }
  return {
    list: () => [...families.values()].map(({ tokens: _, ...family }) => ({ ...family })),
    async revokeAll() {
      for (const family of families.values()) {
        await provider.RefreshToken.revokeByGrantId(family.grantId)
        await provider.AccessToken.revokeByGrantId(family.grantId)
        await provider.Grant.adapter.destroy(family.grantId)
        end(family)
      }
    },
    reset: () => families.clear(),
  }
}
