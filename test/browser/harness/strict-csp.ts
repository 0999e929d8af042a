import type { StandInProvider } from '../../../demo/provider/index.ts'
import type { Tab } from './engine.ts'
import type { Site } from './site.ts'

/** The strictest policy that a page of the package can have (docs/browsers.md). */
export const policy = (issuer: string) =>
  [
    "default-src 'self'",
    `connect-src 'self' ${issuer}`,
    "require-trusted-types-for 'script'",
    'trusted-types evertoken',
  ].join('; ')

export interface Policed {
  site: Site
  provider: StandInProvider
}

/** Sends the policy with page and worker, and notes what breaks it. */
export function enforce({ site, provider }: Policed): void {
  const headers = { 'content-security-policy': policy(provider.issuer) }
  site.pageHeaders = headers
  site.workerHeaders = headers
  // In the tab's storage, because a sign-in leaves the page.
  site.firstScripts.push(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      const before = sessionStorage.getItem('violations') ?? ''
      const violation = `${violatedDirective} ${blockedURI} ${sample}\n`
      sessionStorage.setItem('violations', before + violation)
    })
  })
}

export const violations = (page: Tab): Promise<string> =>
  page.evaluate(() => sessionStorage.getItem('violations') ?? '')
