import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppOptions } from '../../app/options.ts'
import { workerClock } from './clock.ts'
import { relaySpy } from './relay-spy.ts'

/** What the site answers for its worker file. */
export type WorkerFile =
  | 'as built'
  | 'missing' // 404
  | 'broken' // throws when run
  | 'silent' // runs and never answers
  | 'never' // the request is never answered
  | { after: Promise<void> }

/** An application's web server: the built app, its worker, its headers. */
export interface Site {
  readonly url: string
  /** Read at each page load. */
  options: AppOptions
  /** What runs in each page of the app before the app: code, or functions that use nothing from here. */
  firstScripts: (string | (() => void))[]
  pageHeaders: Record<string, string>
  workerHeaders: Record<string, string>
  worker: WorkerFile
  /** Further scripts, by path: an attacker’s, or another part’s of the application. */
  scripts: Record<string, string>
  /** Where to redirect a request first, if anywhere. */
  detour?: (path: string) => string | undefined
  /** Answers what begins with `/bff/`. */
  backend?: RequestListener | undefined
  /** How wrong the device's clock is when a worker starts, ms; only with a clock. */
  clockOffset: number
  requests(path: string): number
  close(): Promise<void>
}

export interface SiteOptions {
  dir: string
  /** The worker starts with a clock that tests can turn. */
  clock: boolean
}

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url))
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css',
}

export async function startSite({ dir, clock }: SiteOptions): Promise<Site> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    asked.push(pathname)
    if (site.backend && pathname.startsWith('/bff/')) return site.backend(request, response)
    const location = site.detour?.(request.url ?? '/')
    if (location) return void response.writeHead(302, { location }).end()
    if (pathname === '/config.js') {
      const first = site.firstScripts.map((one) => (typeof one === 'string' ? one : `(${one})()`))
      const code = [...first, `window.__options = ${JSON.stringify(site.options)}`].join(';\n')
      return send(response, '.js', code, { 'cache-control': 'no-store' })
    }
    const script = site.scripts[pathname]
    if (script !== undefined) return send(response, '.js', script)
    if (pathname === '/favicon.ico') return void response.writeHead(204).end()
    if (pathname === '/blank') return send(response, '.html', '<!doctype html><title>Blank</title>')
    // `/worker.js` and `/worker-old.js` are copies at a stable path, each another file.
    if (/^\/(assets\/)?worker[\w-]*\.js$/.test(pathname)) return sendWorker(response, pathname)
    const file = extname(pathname) ? pathname : '/index.html'
    try {
      const headers = file === '/index.html' ? site.pageHeaders : {}
      return send(response, extname(file), readFileSync(join(dir, normalize(file))), headers)
    } catch {
      return send(response, '.txt', 'Not found', {}, 404)
    }
  })

  function sendWorker(response: ServerResponse, path: string) {
    const headers = { 'cache-control': 'no-cache', ...site.workerHeaders }
    const { worker } = site
    const code = `/* ${path} */ ${relaySpy}${clock ? workerClock(site.clockOffset) : ''}\n${readFileSync(join(dist, 'worker.js'), 'utf8')}`
    if (worker === 'never') return undefined
    if (worker === 'missing') return send(response, '.txt', 'Not found', headers, 404)
    if (worker === 'broken') return send(response, '.js', 'throw new Error("broken")', headers)
    if (worker === 'silent') return send(response, '.js', 'onconnect = () => {}', headers)
    if (worker === 'as built') return send(response, '.js', code, headers)
    void worker.after.then(() => send(response, '.js', code, headers))
    return undefined
  }

  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const site: Site = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    options: { client: { issuer: '', clientId: 'spa' } },
    firstScripts: [],
    pageHeaders: {},
    workerHeaders: {},
    scripts: {},
    worker: 'as built',
    clockOffset: 0,
    requests: (path) => asked.filter((one) => one === path).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return site
}

function send(
  response: ServerResponse,
  type: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
  status = 200,
) {
  // Pages are sent without `no-store`, which would keep them out of the back-forward cache.
  response.writeHead(status, {
    'content-type': TYPES[type] ?? 'text/plain',
    'cache-control': 'no-cache',
    ...headers,
  })
  response.end(body)
}
