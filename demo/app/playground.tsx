import { Breakage } from './breakage.tsx'
import { Machine } from './machine.tsx'
import { Requests } from './requests.tsx'
import { Secret } from './secret.tsx'
import { Tabs } from './tabs.tsx'
import { Timeline } from './timeline.tsx'
import { Who } from './who.tsx'

export function Playground() {
  return (
    <>
      <header className="hero">
        <p className="mark">evertoken</p>
        <h1>Access tokens that are never stale. A refresh token no page can read.</h1>
        <p>
          Sign in, open a second tab, reload as often as you like, then break the provider below.
          This page stays signed in, and makes no request it does not need.
        </p>
      </header>
      <main>
        <Who />
        <Secret />
        <Timeline />
        <Tabs />
        <Requests />
        {window.demo.control && <Breakage />}
        <Machine />
      </main>
      <footer>
        Provider: <code>{window.demo.issuer}</code>
      </footer>
    </>
  )
}
