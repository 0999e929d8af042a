import type { Instant } from '../../renewal/lifetime.ts'
import { deserialize, type HeldToken } from '../held-token.ts'
import type { IssuedToken } from '../vault.ts'
import { Family, type FamilyContents, type FamilyOrigin } from './family.ts'
import { serialize } from '../issued-token.ts'

/** A family on its way to another thread. It holds the refresh token: `tabs: 'shared'` is the application's choice. */
export type FamilySnapshot = FamilyOrigin &
  Omit<FamilyContents, 'tokens' | 'adopted'> & { readonly tokens: readonly IssuedToken[] }

/** @param history the family's own, or what is known of its refresh token from now on */
export function toSnapshot(
  { origin, contents }: Family,
  now: Instant,
  history = contents.history,
): FamilySnapshot {
  const { adopted: _, tokens, ...rest } = contents
  return {
    ...origin,
    ...rest,
    history,
    tokens: [...tokens.values()].map((token) => serialize(token, now)),
  }
}

/** @param adopted another thread lives that has it from the provider */
export function fromSnapshot(snapshot: FamilySnapshot, now: Instant, adopted: boolean): Family {
  const { id, metadata, clockOffset, tokens, ...rest } = snapshot
  const held = tokens.map((token) => deserialize(token, now))
  return new Family({ id, metadata, clockOffset }, { ...rest, tokens: byKey(held), adopted })
}

/**
 * Another tab's copy of a family that is open here.
 * @returns what the family holds then, and which tokens are new; undefined where it is ahead of the copy
 */
export function followSnapshot(
  own: FamilyContents,
  snapshot: FamilySnapshot,
  now: Instant,
): { contents: FamilyContents; ahead: boolean; newTokens: HeldToken[] } | undefined {
  const { refreshToken, idToken, claims, history, revision, tokens } = snapshot
  if (revision < own.revision) return undefined
  const ahead = revision > own.revision
  const isNew = ({ key, response }: IssuedToken) =>
    own.tokens.get(key)?.response.access_token !== response.access_token
  // With the same revision it tells only that the refresh token is about to be spent.
  const newTokens = ahead ? tokens.filter(isNew).map((token) => deserialize(token, now)) : []
  const contents = {
    ...{ refreshToken, idToken, claims, history, revision },
    tokens: new Map([...own.tokens, ...byKey(newTokens)]),
    adopted: own.adopted || ahead,
  }
  return { contents, ahead, newTokens }
}

function byKey(tokens: readonly HeldToken[]): Map<string, HeldToken> {
  return new Map(tokens.map((token) => [token.key, token]))
}
