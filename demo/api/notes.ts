export interface Note {
  id: number
  text: string
}

const FIRST: Record<string, string[]> = {
  alice: ['Water the orchids', 'Call the landlord', 'A present for Bob'],
  bob: ['Oil the bicycle', 'Return the library books'],
}

/** A visitor may play for days. */
const KEPT = 12

/** The notes of each user, in memory. */
export class Notes {
  readonly #notes = new Map<string, Note[]>()
  #last = 0

  of(sub: string): readonly Note[] {
    const known = this.#notes.get(sub)
    if (known) return known
    const first = (FIRST[sub] ?? []).map((text) => this.#note(text))
    this.#notes.set(sub, first)
    return first
  }

  add(sub: string, text: string): Note {
    const note = this.#note(text)
    this.#notes.set(sub, [...this.of(sub), note].slice(-KEPT))
    return note
  }

  #note(text: string): Note {
    return { id: ++this.#last, text }
  }
}
