/** Gives an order once more that failed for reasons outside of the project, as a browser does that did not start, and says so. */
export async function onceMore<Value>(what: string, order: () => Promise<Value>): Promise<Value> {
  try {
    return await order()
  } catch (error) {
    console.warn(`Tried once more: ${what}. The first time it failed: ${String(error)}`)
    return order()
  }
}
