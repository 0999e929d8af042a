import type { Endpoint } from './requests.ts'

/** How an answer is spoiled. "Acted" means that the provider did what was asked, a rotation for example. */
export type Fault = { endpoint: Endpoint | 'all'; times?: number; grantType?: string } & (
  | {
      mode:
        | '503'
        | '429'
        | '500'
        | 'html' // 200 with a page in it
        | 'hang' // never an answer
        | 'reset' // the connection breaks before the provider acts, which is also what "offline" looks like
        | 'drop-answer' // acted, then the connection breaks
        | 'lose-answer' // acted, then silence
        | 'invalid_grant'
        | 'invalid_request'
        | 'empty-400'
        | 'authorization-error' // back at the app with error=server_error
        | 'no-cors' // acted, but the page may not read the answer
    }
  | { mode: '503-retry-after' | '429-retry-after'; seconds: number }
  | { mode: 'delay'; ms: number }
)

/** Holds requests on their way in, or answers on their way out. */
export interface Hold {
  /** Resolves when that many have been held. */
  arrived(count?: number): Promise<void>
  readonly count: number
  /** Lets the held ones go on, and holds no more. */
  release(): void
  /** Breaks the connections of the held ones, and holds no more. */
  drop(): void
}

export interface HoldOptions {
  endpoint: Endpoint
  /** `true`: the provider acts, and its answer is held. */
  answer?: boolean
  grantType?: string
  /** How many are held; later ones pass. Default: all, until released. */
  times?: number
}

type Verdict = 'go' | 'drop'
interface Gate extends HoldOptions {
  stop(): Promise<Verdict>
}

export interface Faults {
  fail(fault: Fault): void
  hold(options: HoldOptions): Hold
  /** Ends all faults, and breaks the connections of what hangs or is held. */
  recover(endpoint?: Endpoint | 'all'): void
  /** Gives the fault for this request, and counts it as used. */
  take(endpoint: Endpoint, grantType: string | undefined): Fault | undefined
  gate(endpoint: Endpoint, grantType: string | undefined, answer: boolean): Promise<Verdict>
  /** Resolves when the faults are ended. */
  silence(): Promise<void>
  active(): readonly Fault[]
}

export function createFaults(): Faults {
  let faults: Fault[] = []
  const gates = new Map<Gate, () => void>()
  const silent: (() => void)[] = []
  const meets = (
    { endpoint, grantType }: { endpoint: Endpoint | 'all'; grantType?: string },
    at: Endpoint,
    type: string | undefined,
  ) => (endpoint === at || endpoint === 'all') && (!grantType || grantType === type)

  return {
    fail(fault) {
      faults.push({ ...fault })
    },
    hold(options) {
      const waiting: ((verdict: Verdict) => void)[] = []
      const arrivals: { count: number; resolve: () => void }[] = []
      let count = 0
      const open = (verdict: Verdict) => {
        gates.delete(gate)
        waiting.splice(0).forEach((go) => go(verdict))
      }
      const gate: Gate = {
        ...options,
        stop: () =>
          new Promise((go) => {
            waiting.push(go)
            count += 1
            if (count >= (options.times ?? Infinity)) gates.delete(gate)
            arrivals.filter((one) => count >= one.count).forEach((one) => one.resolve())
          }),
      }
      gates.set(gate, () => open('drop'))
      return {
        arrived: (wanted = 1) =>
          new Promise((resolve) => {
            if (count >= wanted) resolve()
            else arrivals.push({ count: wanted, resolve })
          }),
        get count() {
          return count
        },
        release: () => open('go'),
        drop: () => open('drop'),
      }
    },
    recover(endpoint = 'all') {
      faults = endpoint === 'all' ? [] : faults.filter((fault) => fault.endpoint !== endpoint)
      for (const [gate, drop] of gates) if (endpoint === 'all' || gate.endpoint === endpoint) drop()
      silent.splice(0).forEach((end) => end())
    },
    silence: () => new Promise((resolve) => silent.push(resolve)),
    take(endpoint, grantType) {
      const fault = faults.find((one) => meets(one, endpoint, grantType))
      if (fault?.times !== undefined) {
        fault.times -= 1
        if (fault.times <= 0) faults = faults.filter((one) => one !== fault)
      }
      return fault
    },
    async gate(endpoint, grantType, answer) {
      const gate = [...gates.keys()].find(
        (one) => (one.answer ?? false) === answer && meets(one, endpoint, grantType),
      )
      return gate ? gate.stop() : 'go'
    },
    active: () => faults.map((fault) => ({ ...fault })),
  }
}
