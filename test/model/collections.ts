// Imported before anything that makes a Map or a Set: counts those of the library that are still reachable.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collection = Map<unknown, unknown> | Set<unknown>

/** Where a collection is the library's own: not the stand-in provider's, nor the device's. */
const OWN = /\/src\/(client|vault|renewal|oauth)\//

/** A worker remembers so many pages that died without a word, each with so many calls: bounds of its own. */
const BOUNDED = /\/vault\/worker\/(host|connection)\.ts/

const seen = new Set<WeakRef<Collection>>()
let isWatching = false

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

type Maker = new (given?: Iterable<never>) => Collection

function watched(Base: Maker): Maker {
  return class extends (Base as new (given?: Iterable<never>) => Map<unknown, unknown>) {
    constructor(given?: Iterable<never>) {
      super(given)
      if (!isWatching) return
      // Who made it: the first frame is this constructor's.
      const [, , maker = ''] = new Error().stack?.split('\n') ?? []
      if (OWN.test(maker) && !BOUNDED.test(maker)) seen.add(new WeakRef<Collection>(this))
    }
  }
}

Object.assign(globalThis, { Map: watched(Map), Set: watched(Set as Maker) })

/** From now on; what was made before is not counted. */
export function watchCollections(): void {
  isWatching = true
}

/** How many there are, and how much is in them. One that has a bound of its own may fill up to it. */
export async function collections(): Promise<{ collections: number; entries: number }> {
  // What was looked at in this task is kept until its end.
  await new Promise((resolve) => void setTimeout(resolve, 0))
  collectGarbage()
  let count = 0
  let entries = 0
  for (const reference of seen) {
    const collection = reference.deref()
    if (!collection) {
      seen.delete(reference)
      continue
    }
    count++
    if (collection.constructor.name !== 'BoundedMap') entries += collection.size
  }
  return { collections: count, entries }
}
