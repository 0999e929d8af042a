import type { Page } from 'playwright-core'

/** What tests for every engine use of a tab. Playwright's `Page` is one. */
export interface Tab {
  evaluate: Page['evaluate']
  goto(url: string): Promise<unknown>
  reload(): Promise<unknown>
  close(): Promise<void>
}

/** Tabs that share storage and workers with each other, and with nobody else. Playwright's `BrowserContext` is one. */
export interface Profile<T extends Tab = Tab> {
  newPage(): Promise<T>
  /** The ids of the processes that run its pages and workers, where the engine tells. One that is missing later crashed. */
  processes?(): number[]
  close(): Promise<void>
}

export type TabOf<P extends Profile> = Awaited<ReturnType<P['newPage']>>

/** A browser as tests for every engine know it. Playwright's `Browser` is one. */
export interface Engine<P extends Profile = Profile> {
  newContext(): Promise<P>
  close(): Promise<void>
}
