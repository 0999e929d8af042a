import { endCases } from './session-store/end-cases.ts'
import { leaseCases } from './session-store/lease-cases.ts'
import { sessionsFrom, type SessionStoreContractOptions } from './session-store/setup.ts'
import { versionCases } from './session-store/version-cases.ts'

/**
 * What every session store does, as cases for any test runner:
 *
 *     for (const { title, run } of sessionStoreContract({ open, now, wait })) test(title, run)
 *
 * Each case opens sessions of its own, so they may run at the same time.
 */
export function sessionStoreContract(
  options: SessionStoreContractOptions,
): { title: string; run(): Promise<void> }[] {
  const { open, now, wait } = Object(options) as SessionStoreContractOptions
  for (const [name, given] of Object.entries({ open, now, wait })) {
    if (typeof given !== 'function') {
      throw new TypeError(`sessionStoreContract: \`${name}\` must be a function`)
    }
  }
  return [...versionCases, ...endCases, ...leaseCases].map(({ title, run }) => ({
    title,
    async run() {
      const { one, two, close } = await open()
      const start = now()
      try {
        await run({ one, two, now: start, wait, session: sessionsFrom(start) })
      } finally {
        await close()
      }
    },
  }))
}
