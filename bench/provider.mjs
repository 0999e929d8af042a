// The stand-in provider over HTTP on a port of its own, for pages of any origin.
import { createServer } from 'node:http'
import { createTestProvider } from './built.mjs'

const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }

/** @param {{ latency?: number }} options milliseconds before each answer */
export async function serveProvider({ latency = 0 } = {}) {
  /** @type {import('../src/testing/provider/test-provider.ts').TestProvider | undefined} */
  let provider
  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  const serve = async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency))
    const { method = 'GET', url = '/' } = request
    const answer =
      method === 'OPTIONS' || !provider
        ? new Response(null, { status: provider ? 204 : 503 })
        : await provider.fetch(provider.issuer + url, { method, body })
    const location = answer.headers.get('location')
    // Signs now, where no clock of a page runs.
    if (location) await provider?.signAhead(new URL(location).searchParams.get('code') ?? '')
    response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...cors })
    response.end(await answer.text())
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  provider = await createTestProvider({
    issuer: `http://localhost:${address.port}`,
    clientId: 'bench',
    alg: 'ES256',
    refreshIdToken: false,
  })
  const { metadata, log } = provider
  return { metadata, requests: log, close: () => server.close() }
}
