/** What a browser may refuse, or another script may have spoilt: undefined then. */
export function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
