import { createAuthClient, type StandardSchema, type UserClaims } from 'evertoken'
import { StrictMode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { App } from './app.tsx'
import type { Seen } from './options.ts'

const options = window.__options
window.renders = {}
window.sessionLog = []
window.firstSeenUrls = []
window.popStates = []
addEventListener('popstate', () => window.popStates.push(location.href))

/** As a schema library would ask for claims. */
const asking = (names: string[]): StandardSchema<UserClaims> => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const claims = value as UserClaims
      const missing = names.filter((name) => typeof claims[name] !== 'string')
      if (missing.length === 0) return { value: claims }
      return { issues: missing.map((name) => ({ message: `${name} is missing`, path: [name] })) }
    },
  },
})
const { claims } = options
const auth = (window.auth = createAuthClient({
  ...(options.bff ?? options.client),
  ...(claims && { userSchema: asking(claims) }),
}))

/** Whoever looks first starts the client: without React it is this, with React its provider. */
export function log(): () => void {
  let last: unknown
  const note = () => {
    const session = auth.getSession()
    if (session === last) return
    last = session
    const seen: Seen = { at: Date.now(), status: session.status }
    if ('reason' in session) seen.reason = session.reason
    if ('error' in session) seen.code = session.error.code
    if ('user' in session && session.user) seen.sub = session.user.sub
    window.sessionLog.push(seen)
  }
  note()
  return auth.subscribe(note)
}

let root: Root | undefined
window.unmount = () => {
  root?.unmount()
  root = undefined
}
window.remount = () => {
  root = createRoot(document.getElementById('root')!)
  const app = <App client={auth} options={options} log={log} />
  root.render(options.strict ? <StrictMode>{app}</StrictMode> : app)
}

if (options.bare) {
  auth.start()
  log()
} else window.remount()
