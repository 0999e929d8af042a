import { attempt } from '../../vault/attempt.ts'
import type { WorkerPort } from '../../vault/worker/client.ts'
import { DEVELOPMENT } from './development.ts'

declare const process: { env: { NODE_ENV?: string } }

interface TrustedTypes {
  createPolicy(name: string, rules: object): { createScriptURL(url: ''): string }
}

/** Where the copies of this package that are in one page find each other. */
const WORKER_URL = Symbol.for('evertoken.worker-url')

interface TrustingWindow extends Window {
  trustedTypes?: TrustedTypes
  [WORKER_URL]?: () => string
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined
let scriptUrl = ''

/**
 * One policy for the life of the page: Trusted Types refuse a second one of the same name. Another copy of this package
 * (a micro front-end) takes the worker of the first: one vault, one session. A script that gets hold of either can make no
 * other URL of it.
 */
function trustedUrl(url: string): string {
  const page = window as TrustingWindow
  const { trustedTypes } = page
  if (!trustedTypes) return url
  const trust = () => {
    policy ??= trustedTypes.createPolicy('evertoken', { createScriptURL: () => scriptUrl })
    return policy.createScriptURL('')
  }
  scriptUrl = url
  const trusted = attempt(trust)
  // Of the first copy; where there is none, the browser says again why it refuses.
  if (trusted === undefined) return (page[WORKER_URL] ?? trust)()
  page[WORKER_URL] ??= trust
  return trusted
}

/** Undefined where something forbids it. `onError` says why it cannot run. */
export function startWorker(
  name: string,
  workerUrl: string | undefined,
  onError: (reason: string) => void,
): WorkerPort | undefined {
  try {
    const { href } = workerUrl === undefined ? packagedWorker() : new URL(workerUrl, location.href)
    let reload: 'worker' | undefined
    const options = {
      type: 'module',
      name,
      // It keeps memory over a reload and a visit to the provider (Chromium); others do not look for it.
      get extendedLifetime() {
        return (reload = 'worker')
      },
    } as const
    const worker = new SharedWorker(trustedUrl(href), options)
    worker.onerror = (event) => {
      event.preventDefault()
      let reason = `${href} did not run`
      if (DEVELOPMENT && process.env.NODE_ENV !== 'production' && workerUrl === undefined) {
        reason += VITE_HINT
      }
      onError(reason)
    }
    return Object.assign(worker.port, { reload })
  } catch (error) {
    onError((error as Error).message)
    return undefined
  }
}

/** @throws in a classic script and in CommonJS, which have no URL of their own */
function packagedWorker(): URL {
  // Bundlers know this pattern: they copy the file, which needs nothing beside it.
  const packaged = new URL('../../worker.js', import.meta.url)
  if (DEVELOPMENT && process.env.NODE_ENV !== 'production') return besideViteBundle(packaged)
  return packaged
}

/**
 * Vite 5 to 7 bundle dependencies for development into a folder of their own, `node_modules/.vite/deps`, and leave the
 * URL of the worker as it was: it then points to no file. The package stands in the same node_modules.
 */
function besideViteBundle(packaged: URL): URL {
  const [before, after] = splitAtLast(packaged.pathname, '/node_modules/')
  if (after === undefined || after.endsWith('/dist/worker.js')) return packaged
  return new URL(`${before}/node_modules/evertoken/dist/worker.js`, packaged)
}

function splitAtLast(text: string, separator: string): [string, string?] {
  const at = text.lastIndexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

/** A workspace that hoists, or a `cacheDir` elsewhere: nothing tells where the package is. */
const VITE_HINT = `. If this is a development server of Vite 5 to 7, its configuration needs: optimizeDeps: { exclude: ['evertoken'], include: ['react/jsx-runtime'] }`
