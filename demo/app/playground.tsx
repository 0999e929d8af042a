import { Breakage } from './breakage.tsx'
import { Machine } from './machine.tsx'
import { Requests } from './requests.tsx'
import { Secret } from './secret.tsx'
import { StatusBar } from './status-bar.tsx'
import { Tabs } from './tabs.tsx'
import { Timeline } from './timeline.tsx'
import { Who } from './who.tsx'

const { control, issuer } = window.demo

export function Playground() {
  return (
    <>
      <header className="hero">
        <p className="mark">evertoken</p>
        <h1>Access tokens that are never stale. A refresh token no page can read.</h1>
        <p>
          Sign in, open a second tab, reload as often as you like
          {control && ', then break the provider below'}. You stay signed in, and no request is made
          that is not needed.
        </p>
      </header>
      <main>
        <StatusBar />
        <Who />
        <Secret />
        <Timeline />
        <Machine />
        <Tabs />
        {control && <Requests />}
        <Breakage />
      </main>
      <footer>
        Provider: <code>{issuer}</code>
      </footer>
    </>
  )
}
