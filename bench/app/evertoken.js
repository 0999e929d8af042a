import { createAuthClient } from 'evertoken/core'
import { hurry, issuer, ready } from './page.js'

const auth = createAuthClient({ issuer, clientId: 'bench', redirectUri: location.pathname })
auth.start()
const { status } = await auth.whenSettled()
if (status === 'signed-in') ready(await auth.getAccessToken(), auth.diagnostics().vault)
else hurry(() => auth.signIn())
