import { createServer } from 'node:http'
import * as ws from 'ws'
import { shutDown, toNodeHandler, toUpgradeHandler } from 'evertoken/bff/node'
import { bff, port } from './bff.ts'
import { page } from './page.ts'

const handle = toNodeHandler(bff)

export const server = createServer((request, response) =>
  handle(request, response, () => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  }),
)
  .on('upgrade', toUpgradeHandler(bff, ws))
  .listen(port)

process.once('SIGTERM', () => void shutDown(server, bff))
