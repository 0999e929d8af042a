import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/free-port.ts'
import { startDaemon } from '../daemon.ts'
import { debianVersion } from '../installed.ts'
import { people, type Rig, type Step } from '../rig.ts'

const SITE = fileURLToPath(new URL('./django/site.py', import.meta.url))

const signInForm: Step = {
  see: '#id_username',
  async act(page, person) {
    await page.locator('#id_username').fill(person)
    await page.locator('#id_password').fill(people[person].password)
    await page.locator('[type=submit]').click()
  },
}

/**
 * Django OAuth Toolkit: Python, Debian package. Version 1 has no end-session endpoint; `prompt=none` is an error of the
 * server's there (500), and another `prompt` is not looked at.
 */
export const django: Rig = {
  name: 'Django OAuth Toolkit',
  language: 'Python',
  traits: {
    rotation: 'new',
    answerLost: 'answer_lost',
    silent: 'dead end',
    noSession: 'page',
    cancel: 'access_denied',
    change: 'sign-out',
    signOut: 'local',
  },
  version: () => debianVersion('python3-django-oauth-toolkit'),
  async start({ folder, front, app }) {
    const port = await freePort()
    front.connect(port)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const issuer = `${front.origin}/o`
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const given = { app, port, issuer, key, people, database: join(folder, 'django.db') }
    const daemon = await startDaemon('/usr/bin/python3', [SITE], {
      cwd: folder,
      env: { RIG: JSON.stringify(given), PYTHONDONTWRITEBYTECODE: '1' },
      ready: `http://127.0.0.1:${port}/login/`,
    })
    return { issuer, close: daemon.close }
  },
  signIn: [
    signInForm,
    { see: '[name=allow]', act: (page) => page.locator('[name=allow]').click() },
  ],
  refuse: [
    signInForm,
    {
      see: '[name=allow]',
      act: (page) => page.locator('[type=submit]:not([name=allow])').click(),
    },
  ],
  signOut: [],
  signOutPage: '/logout/',
}
