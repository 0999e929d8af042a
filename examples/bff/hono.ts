import { createServer } from 'node:http'
import { shutDown, toNodeHandler } from 'evertoken/bff/node'
import { Hono } from 'hono'
import { bff, port } from './bff.ts'
import { page } from './page.ts'

const app = new Hono()

app.all('/bff/*', async (context) => (await bff.handle(context.req.raw)) ?? context.notFound())
app.get('/', (context) => context.html(page))

// On Bun, Deno and Workers `app` is the server; for Node the bridge carries its `fetch`, too.
export const server = createServer(
  toNodeHandler({ handle: async (request) => app.fetch(request) }),
).listen(port)

process.once('SIGTERM', () => void shutDown(server, bff))
