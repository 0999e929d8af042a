const MOST = 400

/**
 * Everything this page sent and received: to and from the worker, over channels, in requests of its own. A hostile
 * script that ran first could have kept as much.
 */
export const overheard: string[] = []

export function remember(message: unknown): void {
  if (message === undefined || message === null) return
  overheard.push(typeof message === 'string' ? message : JSON.stringify(message))
  if (overheard.length > MOST) overheard.shift()
}
