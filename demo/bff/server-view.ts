import type { BffEvent } from 'evertoken/bff'
import type { Calling, FromProcess, StoredSession } from './messages.ts'

/** What the demo's page shows of the backend: nothing in it is a secret. */
export interface ServerView {
  store: 'memory' | 'redis'
  /** Where the redis-server listens. */
  redis?: string
  processes: ProcessView[]
  sessions: SessionView[]
  /** How often a process asked to be the one that refreshes. */
  leases: { got: number; busy: number }
  refreshes: number
  /** The newest last. */
  events: EventView[]
}

export interface ProcessView {
  name: string
  pid: number
  answered: number
  refreshes: number
}

export interface SessionView extends StoredSession {
  refreshes: number
  /** Which process had the lease last, and for how long; without that it still has it. */
  lease?: { process: string; at: number; heldMs?: number }
}

export interface EventView {
  id: number
  at: number
  process: string
  calling: Calling
  event: BffEvent
}

const KEPT_EVENTS = 80

/** Makes one picture of what the processes tell. */
export class ServerWatch {
  readonly view: ServerView
  readonly #listeners = new Set<() => void>()
  #events = 0

  constructor(store: ServerView['store']) {
    const nothing = { processes: [], sessions: [], refreshes: 0, events: [] }
    this.view = { store, leases: { got: 0, busy: 0 }, ...nothing }
  }

  observe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  started(name: string, pid: number): ProcessView {
    const process = { name, pid, answered: 0, refreshes: 0 }
    this.view.processes.push(process)
    this.#changed()
    return process
  }

  ended(process: ProcessView): void {
    this.view.processes = this.view.processes.filter((one) => one !== process)
    this.#changed()
  }

  hear(process: ProcessView, message: FromProcess): void {
    if (message.type === 'answered') process.answered += 1
    if (message.type === 'event') this.#event(process, message.calling, message.event)
    if (message.type === 'store') this.#store(process, message.change)
    this.#changed()
  }

  #event(process: ProcessView, calling: Calling, event: BffEvent): void {
    const { view } = this
    const entry = { id: ++this.#events, at: Date.now(), process: process.name, calling, event }
    view.events = [...view.events, entry].slice(-KEPT_EVENTS)
    if (event.type !== 'session-refreshed') return
    view.refreshes += 1
    process.refreshes += 1
    const session = view.sessions.find(({ session }) => session === event.session)
    if (session) session.refreshes += 1
  }

  #store(process: ProcessView, change: Extract<FromProcess, { type: 'store' }>['change']): void {
    const { view } = this
    const now = Date.now()
    const name = change.type === 'written' ? change.stored.session : change.session
    const known = view.sessions.find(({ session }) => session === name)
    switch (change.type) {
      case 'written':
        if (known) Object.assign(known, change.stored)
        else view.sessions.push({ ...change.stored, refreshes: 0 })
        break
      case 'seen':
        if (known) known.lastSeenAt = Math.max(known.lastSeenAt, change.lastSeenAt)
        break
      case 'deleted':
        view.sessions = view.sessions.filter((one) => one !== known)
        break
      case 'leased':
        view.leases[change.got ? 'got' : 'busy'] += 1
        if (known && change.got) known.lease = { process: process.name, at: now }
        break
      case 'released':
        if (known?.lease?.process === process.name) known.lease.heldMs = now - known.lease.at
    }
    view.sessions = view.sessions.filter(({ endsAt }) => endsAt > now)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
