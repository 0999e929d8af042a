import type * as Axe from 'axe-core'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds that is serious. @param contrast only that: nothing else depends on colours */
export async function findings(page: Page, contrast: boolean): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async (contrast) => {
    const { axe } = window as unknown as { axe: typeof Axe }
    const { violations } = await axe.run(document, {
      resultTypes: ['violations'],
      ...(contrast && { runOnly: ['color-contrast'] }),
    })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
  }, contrast)
}
