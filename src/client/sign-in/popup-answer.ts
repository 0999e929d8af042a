import type { PageEnvironment } from '../page/environment.ts'
import { browserNavigation } from '../page/navigation.ts'
import type { PopupWindow } from '../page/popup-window.ts'
import type { RedirectBack } from './sign-in-flow.ts'

/** A page that waits for an answer takes it at once, also in the background. */
const HANDOVER_DEADLINE_MS = 3000

type Page = Pick<PageEnvironment, 'channel' | 'navigation' | 'timer'>

/** What the page in the popup says, and the page that waits answers. */
type PopupMessage = { state: string; parameters: string } | { taken: true }

/**
 * The popup's page gives its answer to the page that began the sign-in, the only one with the verifier of the code
 * (RFC 7636). Two ways, for either may be cut: a policy of the application (`Cross-Origin-Opener-Policy`) parts the windows,
 * and in a frame of another site the channel is another one.
 * @returns whether it was taken: this window is closed then, where the browser allows it
 */
export async function giveToOpener(page: Page, back: RedirectBack): Promise<boolean> {
  const { navigation = browserNavigation } = page
  const channel = page.channel(back.state)
  const isTaken = await new Promise<boolean>((resolve) => {
    const cancel = page.timer(() => resolve(false), HANDOVER_DEADLINE_MS)
    channel?.listen((message) => {
      if (!('taken' in Object(message))) return
      cancel()
      resolve(true)
    })
    channel?.post(back)
    navigation.tellOpener(back)
  })
  channel?.close()
  if (isTaken) navigation.closeWindow()
  return isTaken
}

/** Waits for the answer of one popup, which is closed when it is here. @returns what ends it */
export function takeFromPopup(
  page: Page,
  state: string,
  popup: PopupWindow,
  listener: (back: RedirectBack) => void,
): () => void {
  const { navigation = browserNavigation } = page
  const channel = page.channel(state)
  let isOver = false
  const heard = (message: unknown): void => {
    const said = Object(message) as Partial<Extract<PopupMessage, { state: string }>>
    // Once: it comes both ways.
    if (isOver || said.state !== state || typeof said.parameters !== 'string') return
    end()
    listener({ state, parameters: said.parameters })
  }
  channel?.listen(heard)
  const endMessages = navigation.listenTo(popup, heard)
  const end = (): void => {
    if (isOver) return
    isOver = true
    channel?.post({ taken: true } satisfies PopupMessage)
    popup.close()
    endMessages()
    // What was just said must arrive.
    page.timer(() => channel?.close(), HANDOVER_DEADLINE_MS)
  }
  return end
}
