import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

export interface Served {
  url: string
  stop: () => void
}

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

/** A folder over HTTP, with nothing clever: what is not there is 404. */
export async function serveFolder(folder: string): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = join(folder, pathname === '/' ? 'index.html' : pathname)
    try {
      const body = readFileSync(path)
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://localhost:${port}/`, stop }
}

/** Starts a bundler's own server in a folder, and answers with the URL that it prints. */
export function serveCommand(folder: string, command: string, args: string[]): Promise<Served> {
  return new Promise((resolve, reject) => {
    // Not the test runner's NODE_ENV: people start servers with none.
    const { NODE_ENV: _, ...env } = process.env
    const path = join(folder, 'node_modules/.bin', command)
    const server = spawn(path, args, { cwd: folder, env, detached: true })
    const stop = (): void => {
      // With everything it started.
      if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid)
    }
    let output = ''
    const read = (data: Buffer): void => {
      output += data.toString()
      // eslint-disable-next-line no-control-regex -- the port is printed in colours
      const url = /http:\/\/localhost:\d+/.exec(output.replaceAll(/\u001b\[\d+m/g, ''))?.[0]
      if (url) resolve({ url: `${url}/`, stop })
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.on('error', reject)
    server.on('close', () => reject(new Error(output)))
  })
}
