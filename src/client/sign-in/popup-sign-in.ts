import { AuthError } from '../../errors.ts'
import { CODE_LIFETIME_MS } from '../../renewal/lifetime.ts'
import type { SignInOptions } from '../auth-client.ts'
import { browserNavigation } from '../page/navigation.ts'
import type { PopupWindow } from '../page/popup-window.ts'
import { isSignedOutByUser } from './signed-out-by-user.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { takeFromPopup } from './popup-answer.ts'
import type { RedirectBack, SignInDestination } from './sign-in-flow.ts'
import type { SignInParts } from './sign-in-parts.ts'

/** How often it is looked whether the user closed the popup. */
const LOOK_MS = 250

interface UnderWay {
  popup: PopupWindow
  settled: Promise<void>
}

export interface PopupSignInParts<User> extends SignInParts<User> {
  /** Begins the sign-in. @returns undefined where a sign-out overtook it */
  begin(options: SignInOptions): Promise<SignInDestination | undefined>
}

/** A sign-in in a window of its own, while the page stays as it is. One at a time. */
export class PopupSignIn<User> {
  readonly #parts: PopupSignInParts<User>
  #underWay: UnderWay | undefined
  /** The answer of a popup that seemed to be closed may still come. */
  #stopListening = () => {}

  constructor(parts: PopupSignInParts<User>) {
    this.#parts = parts
  }

  /** Settles as the user is signed in. A second click is the first one's. @throws AuthError @throws TypeError */
  start(options: SignInOptions, popup: PopupWindow | undefined): Promise<void> {
    const first = this.#underWay
    if (first) {
      popup?.close()
      first.popup.focus()
      return first.settled
    }
    if (!popup) return Promise.reject(popupBlockedError())
    const settled = this.#run(options, popup).finally(() => (this.#underWay = undefined))
    this.#underWay = { popup, settled }
    return settled
  }

  async #run(options: SignInOptions, popup: PopupWindow): Promise<void> {
    this.#stopListening()
    const destination = await this.#parts.begin(options)
    if (!destination) return popup.close()
    const { url, state } = destination
    const waiting = this.#waitFor(state, popup)
    popup.location.replace(url)
    await waiting
  }

  /** @throws AuthError why it came to nothing */
  #waitFor(state: string, popup: PopupWindow): Promise<void> {
    const { page, machine } = this.#parts
    return new Promise((resolve, reject) => {
      const stop = takeFromPopup(page, state, popup, (back) => {
        end()
        this.#finish(back).then(resolve, reject)
      })
      const ignore = machine.listeners.on(() => {
        if (!isSignedOutByUser(machine.session)) return
        end()
        reject(new AuthError('signed_out', { message: 'Signed out meanwhile.' }))
      })
      const cancel = page.timer(() => {
        end()
        reject(new AuthError('timeout', { message: 'The popup gave no answer in ten minutes.' }))
      }, CODE_LIFETIME_MS)
      const stopLooking = this.#whenClosed(popup, () => reject(popupClosedError()))
      const end = (): void => {
        stop()
        ignore()
        cancel()
        stopLooking()
      }
      this.#stopListening = end
    })
  }

  async #finish(back: RedirectBack): Promise<void> {
    const error = await finishSignIn(this.#parts, back)
    if (error) throw error
  }

  /**
   * Where a policy of the application (`Cross-Origin-Opener-Policy`) parts this page from its popup, that looks closed at
   * once: only when the user is in this window again, it was.
   */
  #whenClosed(popup: PopupWindow, listener: () => void): () => void {
    const { page } = this.#parts
    const { navigation = browserNavigation } = page
    let looksClosed = 0
    let cancel = () => {}
    const look = (): void => {
      looksClosed = popup.closed && navigation.hasFocus() ? looksClosed + 1 : 0
      // Seen twice: the answer of a popup that closed itself may be on its way.
      if (looksClosed === 2) listener()
      else cancel = page.timer(look, LOOK_MS)
    }
    cancel = page.timer(look, LOOK_MS)
    return () => cancel()
  }
}

function popupBlockedError(): AuthError {
  return new AuthError('popup_blocked', {
    message:
      'The browser blocked the popup. Call signIn({ mode: "popup" }) in the click itself, and let the user allow popups here.',
  })
}

function popupClosedError(): AuthError {
  return new AuthError('popup_closed', {
    message: 'The popup was closed before the user was signed in. Offer the sign-in again.',
  })
}
