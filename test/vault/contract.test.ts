import { vaultContract } from './contract.ts'
import { signedInVault, vaultDevice } from './device.ts'
import { holderContract } from './holder-contract.ts'

vaultContract('isolated')
vaultContract('shared')
vaultContract('worker')
vaultContract('relayed')

for (const kind of ['isolated', 'shared', 'worker', 'relayed'] as const) {
  holderContract(
    kind,
    async () => {
      const on = await signedInVault(kind)
      const { world, vault, events, pass, provider } = on
      const before = on.provider.requests('token').length
      return {
        ...{ world, vault, events, pass },
        ask: (need) => on.ask(vault, need),
        async signInAgain(subject) {
          provider.options.subject = subject
          await on.signIn(vault, { replaces: 'user-1' })
        },
        tokenRequests: () => provider.requests('token').length - before,
        next: (behaviour) => provider.next('token', behaviour),
        endSession() {
          for (const { grant } of provider.refreshTokens.values()) grant.alive = false
        },
        secrets: () => provider.refreshTokens.keys(),
      }
    },
    async () => (await (await vaultDevice({}, { relay: kind === 'relayed' })).opened(kind)).vault,
  )
}
