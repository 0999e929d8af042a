// What scripts of the same origin try at the relay, the ServiceWorker that keeps a copy of the refresh token in its memory.
import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/client/options/settings.ts'
import { parseVaultConfig, vaultKey } from '../../src/vault/vault-config.ts'
import { RELAY_PROTOCOL } from '../../src/vault/worker/relay/protocol.ts'
import type { Profile, Tab } from './harness/engine.ts'
import { loneTab, relays, untilRelayed } from './harness/lone-tab.ts'
import { accepted, signIn, status, token, until, waitForStatus } from './harness/tab.ts'
import { worlds, type World } from './harness/world.ts'

/** What a worker of ours would ask for the session: an attacker can read how in the package. */
function takeRequest({ site }: World<Profile>) {
  const settings = settingsOf(site.options.client)
  const key = JSON.stringify([settings.name, vaultKey(parseVaultConfig(settings))])
  return { protocol: RELAY_PROTOCOL, method: 'take', argument: { key } }
}

/** Asks the relay in a thread of the attacker's choice: what it answers, or 'no answer'. */
const ATTACK = `async function attack(url, request) {
  const registration = await navigator.serviceWorker?.getRegistration(url)
  const relay = registration?.active
  if (!relay) return 'no relay to be had'
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(JSON.stringify(data))
    setTimeout(() => resolve('no answer'), 1000)
  })
  relay.postMessage(request, [port2])
  return answer
}`

type Attack = (url: string, request: unknown) => Promise<string>

/** Code for a worker made of a blob: it attacks, and tells its page. */
const BLOB = `${ATTACK}
const tell = (port) => (port.onmessage = ({ data }) =>
  attack(data.url, data.request).then((text) => port.postMessage(text), (e) => port.postMessage(String(e))))
if ('onconnect' in self) onconnect = ({ ports: [port] }) => tell(port)
else tell(self)`

/** Stands in front of everything in its scope, reads all of it, and gives its loot to a page. */
const THIEF = `const loot = []
oninstall = () => skipWaiting()
onactivate = (event) => event.waitUntil(clients.claim())
onfetch = (event) => event.respondWith((async () => {
  loot.push(event.request.url + ' ' + await event.request.clone().text())
  const response = await fetch(event.request)
  loot.push(await response.clone().text())
  return response
})())
onmessage = ({ ports: [port] }) => port.postMessage(loot.join('\\n'))`

/** Registers the thief for a scope. @returns when it runs, or why it cannot */
const registerThief = (page: Tab, scope: string): Promise<string> =>
  page.evaluate(async (scope) => {
    try {
      const registration = await navigator.serviceWorker.register('/thief.js', { scope })
      for (let i = 0; i < 1200; i++) {
        if (registration.active?.scriptURL.endsWith('/thief.js')) return 'runs'
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return 'does not run'
    } catch (error) {
      return String(error)
    }
  }, scope)

const unregisterAll = (page: Tab): Promise<void> =>
  page.evaluate(async () => {
    for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister()
  })

const lootOf = (page: Tab): Promise<string> =>
  page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations()
    const texts = registrations.flatMap(({ installing, waiting, active }) =>
      [installing, waiting, active]
        .filter((worker) => worker?.scriptURL.endsWith('/thief.js'))
        .map((thief) => {
          const { port1, port2 } = new MessageChannel()
          thief!.postMessage('loot', [port2])
          return new Promise<string>((resolve) => {
            port1.onmessage = ({ data }) => resolve(String(data))
            setTimeout(() => resolve(''), 20_000)
          })
        }),
    )
    return (await Promise.all(texts)).join('\n')
  })

describe.each(['firefox', 'webkit'] as const)('%s', (engine) => {
  const createWorld = worlds({ engine })

  async function relayed() {
    const world = await createWorld({ client: { workerUrl: '/worker.js' } })
    world.site.scripts['/thief.js'] = THIEF
    const page = await loneTab(world)
    await untilRelayed(page)
    const url = `${world.site.url}/worker.js`
    expect(await relays(page)).toEqual([url])
    return { world, page, given: { url, request: takeRequest(world), attack: ATTACK, blob: BLOB } }
  }

  const secretsOf = ({ provider }: World<Profile>) => {
    const { refreshTokens, codes } = provider.secrets()
    return [...refreshTokens, ...codes]
  }

  test('A-18 answers no page, no frame at the worker’s URL, and no worker that is not the very file', async () => {
    const { world, page, given } = await relayed()
    const answers = await page.evaluate(async ({ url, request, attack, blob }) => {
      const { eval: run } = window as unknown as { eval(code: string): Attack }
      const frame = document.createElement('iframe')
      frame.src = url
      const loaded = new Promise((resolve) => (frame.onload = resolve))
      document.body.append(frame)
      await loaded
      const inFrame = frame.contentWindow as unknown as { eval(code: string): Attack }
      const source = URL.createObjectURL(new Blob([blob], { type: 'text/javascript' }))
      const heard = (port: MessagePort | Worker) =>
        new Promise<string>((resolve) => {
          port.onmessage = ({ data }) => resolve(String(data))
          setTimeout(() => resolve('no answer'), 4000)
          port.postMessage({ url, request })
        })
      return {
        window: await run(`(${attack})`)(url, request),
        frame: await inFrame.eval(`(${attack})`)(url, request),
        worker: await heard(new Worker(source)),
        'shared worker': await heard(new SharedWorker(source).port),
        'shared worker with the URL as its fragment': await heard(
          new SharedWorker(`${source}#${url}`).port,
        ),
      }
    }, given)
    // There was a relay to ask for those who could find it.
    expect(answers.window).toBe('no answer')
    expect(answers.frame).toBe('no answer')
    for (const answer of Object.values(answers)) {
      expect(answer).toMatch(/^(no answer|no relay to be had|SecurityError.*)$/)
    }
    expect(await accepted(world.provider.issuer, await token(page, { forceRefresh: true }))).toBe(
      true,
    )
  })

  test('A-18 gives the session to no other worker of the same file: another name, a query, a fragment', async () => {
    const { world, page, given } = await relayed()
    const settings = settingsOf(world.site.options.client)
    const states = await page.evaluate(
      async ({ url, name, config }) => {
        const open = (source: string, name: string) =>
          new Promise<string>((resolve) => {
            const { port } = new SharedWorker(source, { type: 'module', name })
            port.onmessage = ({ data }) => resolve(JSON.stringify(data))
            setTimeout(() => resolve('no answer'), 5000)
            port.postMessage({ id: 1, method: 'open', argument: config })
          })
        return Promise.all([
          open(url, `${name}.other`),
          open(`${url}?other`, name),
          open(`${url}#other`, name),
        ])
      },
      {
        url: given.url,
        name: settings.name,
        config: JSON.parse(JSON.stringify(settings)) as object,
      },
    )
    for (const state of states) expect(state).not.toContain('"live"')
    // The session was not taken from the one that has it.
    expect(await accepted(world.provider.issuer, await token(page, { forceRefresh: true }))).toBe(
      true,
    )
    await page.reload()
    await waitForStatus(page, 'signed-in')
  })

  test('A-18 a ServiceWorker of another script in front of the whole origin reads nothing of an intact relay', async () => {
    const { world, page } = await relayed()
    await page.reload()
    await waitForStatus(page, 'signed-in')
    expect(await registerThief(page, '/')).toBe('runs')
    for (let i = 0; i < 3; i++) await token(page, { forceRefresh: true })
    await page.reload()
    await waitForStatus(page, 'signed-in')
    await token(page, { forceRefresh: true })
    const loot = await lootOf(page)
    // It does read what goes through it.
    expect(loot).toContain('/config.js')
    for (const secret of secretsOf(world)) expect(loot.includes(secret)).toBe(false)
    expect(world.provider.families()).toMatchObject([{ live: 1, reused: false }])
  })

  test('A-18 a ServiceWorker of another script that was there before the user signed in reads no token of any renewal, and of no sign-out', async () => {
    const world = await createWorld({ client: { workerUrl: '/worker.js' } })
    world.site.scripts['/thief.js'] = THIEF
    const { provider } = world
    const page = await world.tab()
    expect(await registerThief(page, '/')).toBe('runs')
    await page.reload()
    await signIn(page)
    await untilRelayed(page)
    // What the code exchange gave is theirs: no relay runs yet. SECURITY.md says so.
    const [exchanged] = provider.secrets().refreshTokens
    for (let i = 0; i < 3; i++) await token(page, { forceRefresh: true })
    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await expect.poll(() => provider.requests('revocation').length).toBe(1)
    const loot = await lootOf(page)
    expect(loot).toContain('/config.js')
    const renewed = provider.secrets().refreshTokens.filter((one) => one !== exchanged)
    expect(renewed).toHaveLength(3)
    for (const secret of renewed) expect(loot.includes(secret)).toBe(false)
  })

  test('A-18 sends nothing past a ServiceWorker of another script that has the relay’s own place', async () => {
    const { world, page, given } = await relayed()
    const { provider } = world
    // While the relay has something to wait for, no other script takes its place: it is unregistered first.
    await unregisterAll(page)
    expect(await registerThief(page, given.url)).toBe('runs')
    for (let i = 0; i < 3; i++) {
      await token(page, { forceRefresh: true }).catch(() => {})
      const loot = await lootOf(page)
      for (const secret of secretsOf(world)) expect(loot.includes(secret)).toBe(false)
    }
    // The worker registers its own file again, and the session goes on.
    await until(
      () => token(page, { forceRefresh: true }).catch(() => ''),
      (given) => given !== '',
      'a token',
    )
    expect(await status(page)).toBe('signed-in')
    expect(provider.families()).toMatchObject([{ live: 1, reused: false }])
  })

  test('is only a nuisance where a script unregisters it: the session lives, and is kept again', async () => {
    const { world, page } = await relayed()
    await unregisterAll(page)
    expect(await accepted(world.provider.issuer, await token(page, { forceRefresh: true }))).toBe(
      true,
    )
    await page.reload()
    await until(
      () => status(page).catch(() => 'navigating'),
      (now) => now === 'signed-in' || now === 'signed-out',
      'an end of restoring',
    )
    if ((await status(page)) === 'signed-out') await signIn(page)
    await untilRelayed(page)
    expect(world.provider.families().every(({ reused }) => !reused)).toBe(true)
  })
})
