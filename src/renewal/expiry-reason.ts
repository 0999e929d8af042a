export const EXPIRY_REASONS = [
  'invalid_grant',
  'answer_lost',
  'refresh_refused',
  'interaction_required',
  'user_changed',
  'id_token_invalid',
  'no_refresh_token',
  'vault_lost',
  // Only a backend says this one: it reached its limit, or the provider told the backend.
  'session_ended',
] as const

/** Why a session can not be renewed any more. */
export type ExpiryReason = (typeof EXPIRY_REASONS)[number]
