/**
 * Listens to a server's events, one tab for all: a browser opens at most six connections to a server, and each listening
 * tab would take one of them.
 */
export function shareEvents(
  name: string,
  url: string,
  types: readonly string[],
  hear: (type: string, data: unknown) => void,
): void {
  const channel = new BroadcastChannel(name)
  channel.onmessage = ({ data }: MessageEvent<[type: string, data: unknown]>) => hear(...data)
  void navigator.locks.request(name, () => {
    const events = new EventSource(url)
    for (const type of types) {
      events.addEventListener(type, ({ data }: MessageEvent<string>) => {
        const heard: unknown = JSON.parse(data)
        hear(type, heard)
        channel.postMessage([type, heard])
      })
    }
    return new Promise<never>(() => {})
  })
}
