import type { PopupWindow } from '../../client/page/popup-window.ts'

/** A window that a page opened, as that page sees it. */
export class VirtualPopup implements PopupWindow {
  closed = false
  focused = 0
  /** Where it was sent. */
  readonly urls: string[] = []
  /** What the page hears of the pages in it, by `postMessage`. */
  readonly #listeners = new Set<(message: unknown) => void>()
  /** Whether a policy (`Cross-Origin-Opener-Policy`) parted the two: to the page it looks closed. */
  #isParted = false
  readonly location = { replace: (url: string | URL) => void this.urls.push(String(url)) }

  close(): void {
    // What is parted cannot be closed either.
    if (!this.#isParted) this.closed = true
  }

  focus(): void {
    this.focused++
  }

  part(): void {
    this.#isParted = true
    this.closed = true
  }

  listen(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** A page in it tells the one that opened it. */
  tell(message: unknown): void {
    if (this.#isParted) return
    for (const listener of [...this.#listeners]) listener(structuredClone(message))
  }
}
