import { ApiCard } from './api/api-card.tsx'
import { Breakage } from './breakage.tsx'
import { Machine } from './machine.tsx'
import { backend } from './place.ts'
import { Requests } from './requests.tsx'
import { Secret } from './secret.tsx'
import { Server } from './server.tsx'
import { StatusBar } from './status-bar.tsx'
import { Tabs } from './tabs.tsx'
import { Timeline } from './timeline.tsx'
import { Tour } from './tour.tsx'
import { Who } from './who.tsx'

const { api, control, issuer } = window.demo

export function Playground() {
  return (
    <>
      <header className="hero">
        <div>
          <p className="mark">evertoken</p>
          <h1>Access tokens that are never stale. A refresh token no page can read.</h1>
          <p>
            Whatever happens to the network, the provider or the tab, you stay signed in, and no
            request is made that is not needed. Try to prove it wrong.
          </p>
        </div>
        <Tour />
      </header>
      <main>
        <StatusBar />
        <Who />
        <Secret />
        {backend && <Server />}
        {/* They stand together, so that the timeline is in sight of a visitor who breaks something. */}
        <div className="stage">
          <Timeline />
          <Breakage />
        </div>
        {api !== undefined && <ApiCard />}
        <Machine />
        <Tabs />
        {control && <Requests />}
      </main>
      <footer>
        Provider: <code>{issuer}</code>
      </footer>
    </>
  )
}
