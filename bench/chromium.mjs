// In Chromium, over HTTP: from the start of a navigation until there is a token. Reload is where evertoken's vault still
// has one and the bare client must ask for one.
import { fileURLToPath } from 'node:url'
import { serveApps } from './apps.mjs'
import { inTurn } from './measure.mjs'
import { callback, reloading } from './visits.mjs'

const root = fileURLToPath(new URL('app', import.meta.url))

/** @param {{ latency: number }} network milliseconds that each answer of the provider takes */
export async function benchChromium({ latency }) {
  const apps = await serveApps(
    { evertoken: { root, page: 'evertoken.html' }, bare: { root, page: 'bare.html' } },
    { latency },
  )
  try {
    const callbacks = await inTurn(15, {
      evertoken: () => callback(apps, 'evertoken'),
      bare: () => callback(apps, 'bare'),
    })
    const evertoken = await reloading(apps, 'evertoken')
    const bare = await reloading(apps, 'bare')
    const reload = await inTurn(30, { evertoken: evertoken.reload, bare: bare.reload })
    return {
      callback: callbacks,
      reload,
      holder: evertoken.holder,
      requests: { evertoken: evertoken.asked.requests, bare: bare.asked.requests },
    }
  } finally {
    await apps.close()
  }
}
