import type { WorkerPort } from '../../vault/worker/client.ts'

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
  // Bundlers know this pattern: they copy the file, which needs nothing beside it.
  const packaged = new URL('../../worker.js', import.meta.url)
  const url = (workerUrl === undefined ? packaged : new URL(workerUrl, location.href)).href
  scriptUrl = url
  const { trustedTypes } = window as Window & { trustedTypes?: TrustedTypes }
  // A script that gets hold of the policy can make no other URL of it.
  policy ??= trustedTypes?.createPolicy('evertoken', { createScriptURL: () => scriptUrl })
  // Extended lifetime keeps memory over a reload and a visit to the provider (Chromium); others ignore it.
  const options = { type: 'module', name, extendedLifetime: true } as WorkerOptions
  const worker = new SharedWorker(policy?.createScriptURL('') ?? url, options)
  worker.onerror = (event) => {
    event.preventDefault()
    onError(new Error(`${url} did not run`))
  }
  return worker.port
}
