const MOST = 400

/**
 * Everything this page said and heard: to and from the worker, over channels, in requests of its own. What a hostile
 * script that was here first could have kept.
 */
export const overheard: string[] = []

export function remember(message: unknown): void {
  if (message === undefined || message === null) return
  overheard.push(typeof message === 'string' ? message : JSON.stringify(message))
  if (overheard.length > MOST) overheard.shift()
}
