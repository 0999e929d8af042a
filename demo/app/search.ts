import { auth } from './auth.ts'
import { overheard } from './overheard.ts'
import { recognise, type Kind } from './recognise.ts'

/** What was found in one place that a script of this page can reach. */
export interface Find {
  place: string
  /** How much was searched, in words. */
  amount: string
  kinds: Kind[]
}

export interface Finds {
  places: Find[]
  strings: number
}

/** Matches a string that is long enough for a credential and has only its characters. */
const CANDIDATE = /[\w\-.~+/]{16,}/g
/** Matches a refresh token with its name in front. */
const NAMED = /refresh_token"?[=:]"?[\w\-.~+/]{16,}/

/** Searches everything that a hostile script of this page could search, and asks what each find is. */
export async function search(): Promise<Finds> {
  const surface = await clientSurface()
  const reached = walk(window)
  const places: [place: string, amount: string, texts: string[]][] = [
    ['localStorage', entries(localStorage.length), Object.entries(localStorage).flat()],
    ['sessionStorage', entries(sessionStorage.length), Object.entries(sessionStorage).flat()],
    ['cookies', document.cookie ? 'readable ones' : 'none readable', [document.cookie]],
    ['IndexedDB and caches', ...(await databases())],
    ['address, history, document', 'all of it', pageTexts()],
    ['window and React’s tree', `${reached.objects} objects`, reached.texts],
    ['the client, every method called', `${surface.objects} objects`, surface.texts],
    ['said and heard by this page', `${overheard.length} messages`, overheard],
  ]
  const candidates = places.map(([place, amount, texts]) => ({
    place,
    amount,
    named: texts.some((text) => NAMED.test(text)),
    strings: new Set(texts.flatMap((text) => text.match(CANDIDATE) ?? [])),
  }))
  const all = new Set(candidates.flatMap(({ strings }) => [...strings]))
  const known = await recognise([...all])
  return {
    strings: all.size,
    places: candidates.map(({ place, amount, strings, named }) => {
      const kinds = new Set([...strings].flatMap((one) => known.get(one) ?? []))
      if (named) kinds.add('refresh token')
      return { place, amount, kinds: [...kinds].sort() }
    }),
  }
}

const entries = (count: number) => (count === 1 ? '1 entry' : `${count} entries`)

const pageTexts = () => [
  location.href,
  document.referrer,
  window.name,
  JSON.stringify(history.state) ?? '',
  document.documentElement.outerHTML,
]

async function clientSurface() {
  const signedIn = auth.getSession().status === 'signed-in'
  const answers: unknown[] = [
    auth,
    auth.getSession(),
    auth.getTokenResponse(),
    auth.getAccessTokenState(),
    auth.getRenewal(),
    auth.diagnostics(),
    await auth.whenSettled(),
  ]
  if (signedIn)
    answers.push(...(await Promise.allSettled([auth.getAccessToken(), auth.getUserInfo()])))
  return walk(answers)
}

async function databases(): Promise<[amount: string, texts: string[]]> {
  const texts: string[] = []
  const names = (await indexedDB.databases()).map(({ name }) => name!)
  for (const name of names) {
    const database = await asked(indexedDB.open(name))
    for (const store of database.objectStoreNames) {
      const values = database.transaction(store).objectStore(store).getAll()
      texts.push(...walk(await asked(values)).texts)
    }
    database.close()
  }
  const stored = await caches.keys()
  for (const name of stored) {
    const cache = await caches.open(name)
    for (const response of await cache.matchAll()) texts.push(await response.text())
  }
  return [entries(names.length + stored.length), texts]
}

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(new Error('IndexedDB')))
  })

const MOST_OBJECTS = 300_000

/** Collects every string that can be reached by properties, entries and the private properties of DOM nodes. */
function walk(root: object): { objects: number; texts: string[] } {
  const texts: string[] = []
  // What this page overheard is searched as a place of its own.
  const seen = new Set<unknown>([overheard])
  const queue: unknown[] = [root]
  while (queue.length > 0 && seen.size < MOST_OBJECTS) {
    const value = queue.pop()
    if (typeof value === 'string') texts.push(value)
    else if (isObject(value) && !seen.has(value)) {
      seen.add(value)
      queue.push(...within(value))
    }
  }
  return { objects: seen.size - 1, texts }
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

function within(object: object): unknown[] {
  try {
    if (object instanceof Map || object instanceof Set) return [...object].flat()
    if (ArrayBuffer.isView(object)) return []
    const values = Object.getOwnPropertyNames(object).map((name) => valueOf(object, name))
    return object instanceof Document ? [...values, ...object.querySelectorAll('*')] : values
  } catch {
    return []
  }
}

function valueOf(object: object, name: string): unknown {
  const { get } = Object.getOwnPropertyDescriptor(object, name) ?? {}
  // React's development build warns when these are read.
  if (get && 'isReactWarning' in get) return undefined
  try {
    const value = (object as Record<string, unknown>)[name]
    // A promise getter read on its prototype rejects, which is no error of the page.
    if (value instanceof Promise) value.catch(() => {})
    return value
  } catch {
    return undefined
  }
}
