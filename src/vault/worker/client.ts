import { AuthError, type AuthErrorJSON } from '../../errors.ts'
import type { Answer, Request } from './protocol.ts'
import type { BrowserVault, VaultConfig, VaultEvent } from '../vault.ts'
import type { VaultEnvironment } from '../environment.ts'

/** A message port, or what stands in for one in a test. */
export type WorkerPort = Pick<MessagePort, 'postMessage' | 'onmessage' | 'close'>

/** The worker's own deadlines are shorter: silence for so long means that it is gone (ms). */
const SILENCE = 45_000

/** A port to the worker that holds the refresh token. Adds nothing but a deadline: every promise settles. */
export function workerVault(
  { timer }: Pick<VaultEnvironment, 'timer'>,
  port: WorkerPort,
  config: VaultConfig,
): BrowserVault {
  const waiting = new Map<number, (answer: Exclude<Answer, { event: unknown }>) => void>()
  const listeners = new Set<(event: VaultEvent) => void>()
  let last = 0

  const ask =
    // Every method answers what the host's does: the contract test holds both to it.
    <Value>(method: Request['method'], given?: unknown) =>
      (argument?: unknown): Promise<Value> =>
        new Promise((resolve, reject) => {
          const id = ++last
          const settle = (answer: Exclude<Answer, { event: unknown }>) => {
            cancel()
            waiting.delete(id)
            if (!('error' in answer)) return resolve(answer.value as Value)
            const { error } = answer
            reject(error.code ? AuthError.from(error) : new TypeError(error.message))
          }
          const cancel = timer(() => settle({ id, error: LOST }), SILENCE)
          waiting.set(id, settle)
          try {
            port.postMessage({ id, method, argument: given ?? argument })
          } catch (error) {
            // Something that cannot be copied: the caller's mistake.
            settle({ id, error: { message: (error as Error).message } })
          }
        })

  port.onmessage = ({ data }) => {
    const answer = data as Answer
    if (!('event' in answer)) return waiting.get(answer.id)?.(answer)
    for (const listener of listeners) listener(answer.event)
  }

  const leave = () => port.postMessage({ id: ++last, method: 'leave' })

  return {
    open: ask('open', config),
    discover: ask('discover'),
    keepTransaction: ask('keepTransaction'),
    takeTransaction: ask('takeTransaction'),
    exchangeCode: ask('exchangeCode'),
    getToken: ask('getToken'),
    authorize: ask('authorize'),
    userInfo: ask('userInfo'),
    endSession: ask('endSession'),
    observe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    leave,
    close() {
      leave()
      port.close()
      for (const [id, settle] of waiting) settle({ id, error: LOST })
    },
  }
}

const LOST: AuthErrorJSON = {
  code: 'vault_unavailable',
  message: 'No answer from the worker. Reload the page.',
}
