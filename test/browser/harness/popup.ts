import type { BrowserContext, Frame, Page } from 'playwright-core'
import { until } from './tab.ts'

/** Clicks, as a person does, and says what came of it: browsers block the popups of scripts. */
export async function clickSignIn(page: Page | Frame): Promise<void> {
  await page.evaluate(() => {
    const button = document.createElement('button')
    button.id = 'popup'
    button.textContent = 'Sign in'
    button.addEventListener('click', () => {
      window.auth.signIn({ mode: 'popup' }).then(
        () => (button.dataset['outcome'] = 'signed in'),
        (error: { code: string }) => (button.dataset['outcome'] = error.code),
      )
    })
    document.querySelector('#popup')?.remove()
    document.body.append(button)
  })
  await page.click('#popup')
}

const outcomeOf = (page: Page | Frame) =>
  page.evaluate(() => document.querySelector<HTMLElement>('#popup')?.dataset['outcome'])

/** How the sign-in in the popup ended: 'signed in', or the code of the error. */
export const settled = (page: Page | Frame) =>
  until(() => outcomeOf(page), Boolean, 'the end of the sign-in')

/** Waits until the popup is closed, and the page that opened it is alone again. */
export const popupEnded = (context: BrowserContext) =>
  until(
    () => context.pages().length,
    (open) => open === 1,
    'the end of the popup',
  )
