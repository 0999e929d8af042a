// One process of a deployment: a Node server on the handler, told what to do by its parent.
import { createServer } from 'node:http'
import { createClient } from 'redis'
import { createBff } from '../../../src/bff/create-bff.ts'
import { runtimeEnvironment } from '../../../src/bff/environment.ts'
import { toNodeHandler } from '../../../src/bff/node/to-node-handler.ts'
import { sealedCookies } from '../../../src/bff/sessions/sealed-cookies.ts'
import { createRedisStore, redisClientSettings } from '../../../src/bff/sessions/redis-store.ts'
import { StoreDeadline } from '../../support/store-deadline.ts'
import type { FromServer, ServerSettings, ToServer } from './messages.ts'
import { slowPauses } from './slow-pauses.ts'

const settings = JSON.parse(process.argv[2]!) as ServerSettings
const tell = (message: FromServer): void => void process.send?.(message)

let ahead = 0
let requestDeadlineMs = Infinity
const client = createClient({ url: settings.redisUrl, ...redisClientSettings })
const deadline = new StoreDeadline()
const redisStore = createRedisStore({ client, deadlineMs: deadline.deadlineMs }, deadline)
const store = slowPauses(redisStore, settings.slowness)
const bff = createBff(
  {
    ...settings.bff,
    clientId: 'spa',
    clientAuthentication: { method: 'none' },
    keys: [{ kid: 'k1', secret: '3nFcgqf4aA2R6E9ewqHURZkm05DmIcCFITVP+Pxw7WY' }],
    store: settings.inCookies ? sealedCookies({ denyList: store }) : store,
    mediated: [{}],
    onEvent: (event) => tell({ type: 'event', event }),
  },
  {
    ...runtimeEnvironment,
    // Stands still until it is moved: no cool-down ends because a machine is slow.
    now: () => settings.startedAt + ahead,
    monotonic: () => performance.now() + ahead,
    // A provider that hangs is waited for in real time.
    deadline: (ms) => AbortSignal.timeout(Math.min(ms, requestDeadlineMs)),
  },
)
const answer = toNodeHandler(bff)
let isStopping = false
const server = createServer((request, response) => {
  // Else a busy connection would be kept, and get further requests, for ever.
  if (isStopping) response.setHeader('connection', 'close')
  answer(request, response)
})

process.on('message', (message: ToServer) => {
  if (message.type === 'advance') ahead += message.ms
  else if (message.type === 'store-deadline') deadline.set(message.ms)
  else requestDeadlineMs = message.ms ?? Infinity
  tell({ type: 'done', id: message.id })
})

// As a rolling restart ends a process: it takes no more requests, and finishes those it has.
process.once('SIGTERM', () => {
  isStopping = true
  server.close(() => {
    void bff.close().then(() => {
      client.destroy()
      process.disconnect()
    })
  })
  setInterval(() => server.closeIdleConnections(), 50).unref()
})
// No process outlives its test.
process.once('disconnect', () => process.exit())

server.listen(settings.port, '127.0.0.1', () => tell({ type: 'listening' }))
