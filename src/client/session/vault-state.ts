import type { EmptyReason, VaultState } from '../../vault/vault.ts'

export function signedOut(reason: EmptyReason): VaultState {
  return { status: 'empty', reason }
}

/** Applied again later, a token in it would come back as an older one over a newer. */
export function withoutToken(state: VaultState): VaultState {
  if (state.status !== 'live') return state
  const { token: _, ...rest } = state
  return rest
}
