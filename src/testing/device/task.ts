/** Node's; a message to oneself elsewhere. */
declare const setImmediate: ((callback: () => void) => void) | undefined

// Taken before a test replaces the timers of its page.
const immediate = typeof setImmediate === 'undefined' ? undefined : setImmediate

/** Runs something as a task of its own: what came before has gone as far as promises go. */
export function queueTask(task: () => void): void {
  if (immediate) return immediate(task)
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    task()
  }
  port2.postMessage(null)
}
