import type { AuthErrorCode } from '../../errors.ts'
import type { VaultState } from '../../vault/vault.ts'
import type { SignInOptions } from '../auth-client.ts'

/** How a user gets in, in one mode. The flow says where to send the user; the caller decides the window. */
export interface SignInFlow {
  /** Where to send the user. @throws AuthError @throws TypeError naming the option */
  begin(request: SignInRequest): Promise<SignInDestination>
  /**
   * Takes an answer up: one exchange in the vault. How it ended is in the result.
   * @param isOvertaken whether a sign-out was begun since: then nothing is exchanged
   */
  finish(back: RedirectBack, isOvertaken: () => boolean): Promise<SignInResult>
  /** Where the page shows an answer that it did not take, a sentence that says why. */
  explainAnswerLeftAlone?(): string | undefined
}

export interface SignInDestination {
  url: string
  /** What the redirect back will have as its `state`. */
  state: string
}

/** A redirect back from the provider that is ours. */
export interface RedirectBack {
  state: string
  /** The query as it came: the vault checks it. */
  parameters: string
  /** What was written down of sign-outs as the page was loaded with it. */
  note?: string | null
}

export interface SignInRequest extends Omit<SignInOptions, 'automatic' | 'returnTo' | 'mode'> {
  /** A path of this application, checked. */
  returnTo: string
  /** `sub` of the user whose session this sign-in may replace. */
  replaces?: string | undefined
  /** No person asked for it: `prompt=none`, and a refusal is no error. */
  silent?: boolean | undefined
  /** In a window of its own: its page hands the answer to this one. */
  popup?: boolean | undefined
}

export type SignInResult =
  | {
      ok: true
      state: VaultState
      /** Undefined where the page could not store it. */
      returnTo: string | undefined
    }
  | {
      ok: false
      /** What failed, as it came. */
      error: unknown
      returnTo: string | undefined
      /** Set where the answer is no failure of a sign-in that was begun here: why no user is signed in. */
      signedOutReason?: AuthErrorCode | undefined
    }
