import type { WorkerPort } from '../../vault/worker/client.ts'
import { DEVELOPMENT } from './development.ts'

declare const process: { env: { NODE_ENV?: string } }

/** One policy for the life of the page: Trusted Types refuse a second one of the same name. */
let policy: { createScriptURL(url: ''): string } | undefined
let scriptUrl = ''

interface TrustedTypes {
  createPolicy(name: string, rules: object): NonNullable<typeof policy>
}

/** @throws whatever forbids it; `onError` is called when it cannot run. */
export function startWorker(
  name: string,
  workerUrl: string | undefined,
  onError: (reason: Error) => void,
): WorkerPort {
  const url = (workerUrl === undefined ? packagedWorker() : new URL(workerUrl, location.href)).href
  scriptUrl = url
  const { trustedTypes } = window as Window & { trustedTypes?: TrustedTypes }
  // A script that gets hold of the policy can make no other URL of it.
  policy ??= trustedTypes?.createPolicy('evertoken', { createScriptURL: () => scriptUrl })
  // Extended lifetime keeps memory over a reload and a visit to the provider (Chromium); others ignore it.
  const options = { type: 'module', name, extendedLifetime: true } as WorkerOptions
  const worker = new SharedWorker(policy?.createScriptURL('') ?? url, options)
  worker.onerror = (event) => {
    event.preventDefault()
    let reason = `${url} did not run`
    if (DEVELOPMENT && process.env.NODE_ENV !== 'production' && workerUrl === undefined) {
      reason += VITE_HINT
    }
    onError(new Error(reason))
  }
  return worker.port
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
