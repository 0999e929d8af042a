import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/free-port.ts'
import { startDaemon } from '../daemon.ts'
import { npmVersion } from '../installed.ts'
import { people, type Rig, type Step } from '../rig.ts'

const HOME = fileURLToPath(new URL('./better-auth/', import.meta.url))

const signInForm: Step = {
  see: '[name=email]',
  async act(page, person) {
    const { email, password } = people[person]
    await page.locator('[name=email]').fill(email)
    await page.locator('[name=password]').fill(password)
    await page.locator('button').click()
  },
}

/** better-auth with its plugin for OAuth providers: TypeScript, npm. Its pages are the application's own. */
export const betterAuth: Rig = {
  name: 'better-auth',
  language: 'TypeScript',
  traits: {
    rotation: 'new',
    answerLost: 'answer_lost',
    silent: 'code',
    noSession: 'error',
    cancel: 'access_denied',
    change: 'login',
    signOut: 'provider',
  },
  version: () => npmVersion(HOME, '@better-auth/oauth-provider'),
  async start({ folder, front, app }) {
    const port = await freePort()
    front.connect(port)
    const given = { origin: front.origin, port, app, people }
    const daemon = await startDaemon(process.execPath, [`${HOME}server.mjs`], {
      cwd: folder,
      env: { RIG: JSON.stringify(given), NODE_ENV: 'production' },
      ready: `http://127.0.0.1:${port}/sign-in`,
    })
    return { issuer: `${front.origin}/api/auth`, close: daemon.close }
  },
  signIn: [signInForm, { see: '#allow', act: (page) => page.locator('#allow').click() }],
  refuse: [signInForm, { see: '#deny', act: (page) => page.locator('#deny').click() }],
  signOut: [],
}
