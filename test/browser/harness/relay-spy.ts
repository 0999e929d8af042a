import type { Tab } from './engine.ts'

/** Where a page asks the relay of its origin whether it has its copy: the browser tells no page. */
const CHANNEL = 'a test asks the relay'

/** Runs in the worker's file before it, so it must not refer to anything of this module. */
function tellOfCopies(channelName: string) {
  if (!('ServiceWorkerGlobalScope' in globalThis)) return
  let hasCopy = false
  addEventListener('message', ({ data, ports: [port] }) => {
    if (!port || (data as { method?: string } | null)?.method !== 'keep') return
    const post = port.postMessage.bind(port)
    port.postMessage = (answer: { value?: unknown }) => {
      hasCopy = answer.value === 'kept'
      post(answer)
    }
  })
  const channel = new BroadcastChannel(channelName)
  channel.addEventListener('message', ({ data }) => {
    if (data === 'have you?') channel.postMessage(hasCopy ? 'yes' : 'no')
  })
}

export const relaySpy = `(${tellOfCopies.toString()})(${JSON.stringify(CHANNEL)});`

/** Whether a relay has its copy. One that does not run does not answer. */
export const hasCopy = (page: Tab): Promise<boolean> =>
  page.evaluate(async (channelName) => {
    const channel = new BroadcastChannel(channelName)
    const told = new Promise<boolean>((resolve) => {
      channel.addEventListener('message', ({ data }) => resolve(data === 'yes'))
      setTimeout(resolve, 1000, false)
    })
    channel.postMessage('have you?')
    const has = await told
    channel.close()
    return has
  }, CHANNEL)
