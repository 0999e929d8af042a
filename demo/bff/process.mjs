// One process of the demo's backend, behind the demo's own port: the handler twice, once for each way of calling.
import { createServer } from 'node:http'
import { createBff, createMemoryStore } from 'evertoken/bff'
import { toNodeHandler, toUpgradeHandler } from 'evertoken/bff/node'
import { createRedisStore, redisClientSettings } from 'evertoken/bff/redis'
import { createClient } from 'redis'
import * as ws from 'ws'
import { watchStore } from './watch-store.mjs'

/** @param {import('./messages.ts').FromProcess} message */
const tell = (message) => void process.send?.(message)

/** @param {import('./messages.ts').ProcessSettings} settings */
function start({ issuer, clientId, api, origin, key, redisUrl }) {
  const store = redisUrl
    ? createRedisStore({ client: createClient({ url: redisUrl, ...redisClientSettings }) })
    : createMemoryStore({ allowInProduction: true })

  /** @param {import('./messages.ts').Calling} calling */
  const backend = (calling) =>
    createBff({
      ...{ issuer, clientId, baseUrl: origin },
      clientAuthentication: { method: 'none' },
      keys: [{ kid: 'demo', secret: key }],
      basePath: `/bff/${calling}`,
      name: calling,
      // As at the tenant of the example, a refresh token needs consent.
      offlineAccess: 'consent',
      resource: [api.resource],
      store: watchStore(store, calling, (change) => tell({ type: 'store', change })),
      ...(calling === 'mediated'
        ? { mediated: [{}] }
        : {
            proxy: [{ name: 'notes', upstream: api.url, methods: ['GET', 'POST'] }],
            webSockets: [{ name: 'live', upstream: `${api.url.replace('http', 'ws')}/live` }],
          }),
      onEvent: (event) => tell({ type: 'event', calling, event }),
    })
  const mediated = toNodeHandler(backend('mediated'))
  const proxying = backend('proxied')
  const proxied = toNodeHandler(proxying)
  const server = createServer((request, response) => {
    tell({ type: 'answered' })
    mediated(request, response, () => proxied(request, response))
  })
  // A page of the mediated mode opens its WebSockets at the API itself.
  server.on('upgrade', toUpgradeHandler(proxying, ws))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address) tell({ type: 'listening', port: address.port })
  })
}

process.once('message', start)
// It ends with the demo, however that ends. Ctrl-C is for the demo to hear.
process.once('disconnect', () => process.exit())
process.on('SIGINT', () => {})
