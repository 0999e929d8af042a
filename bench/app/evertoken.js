import { createAuthClient } from 'evertoken/core'
import { api, hurry, issuer, ready } from './page.js'

const auth = createAuthClient({
  issuer,
  clientId: 'bench',
  redirectUri: location.pathname,
  protectedResources: api ? [api] : [],
})
Object.assign(window, { auth })
auth.start()
// As applications are: behind an `await` at the top level Vite cuts an entry and its lazy parts into eight files.
void auth.whenSettled().then(async ({ status }) => {
  if (status === 'signed-in') ready(await auth.getAccessToken(), auth.diagnostics().vault)
  else {
    Object.assign(window, { settledAt: performance.now() })
    hurry(() => auth.signIn())
  }
})
