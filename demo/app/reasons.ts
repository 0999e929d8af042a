/** Explains the library's reason codes; a code that is not here is shown as it is. */
const REASONS: Record<string, string> = {
  no_session: 'The vault was asked, and holds none.',
  sign_in: 'Someone pressed the button, or the provider sent them back.',
  signed_in: 'The vault holds a session.',
  signed_out: 'Signed out in this tab.',
  signed_out_elsewhere: 'Signed out in another tab.',
  user_changed: 'Someone else signed in.',
  aborted: 'The sign-in was given up.',
  invalid_grant: 'The provider takes the refresh token no more.',
  answer_lost: 'Rotated, but the answer was lost; the old token is refused.',
  refresh_refused: 'The provider refuses to refresh.',
  session_ended: 'The backend ended the session.',
  vault_lost: 'The worker died, and the refresh token with it.',
  access_denied: 'Cancelled at the provider.',
  clock_skew: 'The clocks differ by more than a day.',
  transaction_missing: 'An answer to a sign-in this tab did not begin.',
  state_mismatch: 'An old answer, or another’s.',
  network: 'The provider could not be reached.',
}

export const inWords = (reason: string): string | undefined => REASONS[reason]
