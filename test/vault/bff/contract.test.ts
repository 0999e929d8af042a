import { holderContract, type HolderBench } from '../holder-contract.ts'
import { bffDevice } from './device.ts'

async function signedIn(): Promise<HolderBench> {
  const on = bffDevice()
  const { vault, events } = await on.signedIn()
  const before = on.bff.requests('token').length
  return {
    ...{ world: on.world, vault, events, pass: on.pass },
    ask: (need) => on.ask(vault, need),
    async signInAgain(subject) {
      await on.signIn(await on.opened(), subject)
      await on.world.settle()
    },
    tokenRequests: () => on.bff.requests('token').length - before,
    next: (behaviour) => on.bff.next('token', behaviour),
    endSession: () => on.bff.end('invalid_grant'),
    // The backend's refresh token and cookie never come near a page; the access token is for the page alone.
    secrets: () => [],
  }
}

holderContract('BFF', signedIn, async () => (await bffDevice().opened()).vault)
