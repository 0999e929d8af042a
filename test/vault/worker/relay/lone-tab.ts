import { gate, vaultDevice, type Kind, type Opened, type VaultDevice } from '../../device.ts'

const RELAYED: Kind = 'relayed'

/** Signed in, in the only tab of a browser that ends its worker when it reloads, and gives it a relay. */
export async function relayed() {
  const on = await vaultDevice({}, { relay: true })
  const { vault, events } = await on.opened(RELAYED)
  await on.signIn(vault)
  await on.world.settle()
  return { ...on, vault, events }
}

/** The browser reloads the only tab. @returns the page that comes next, before its vault is open */
export function loadAnew({ world, tab }: Pick<VaultDevice, 'world' | 'tab'>): Opened {
  world.killWorker()
  return tab(RELAYED)
}

/** A refresh is on its way, and the provider answers when the gate is opened. @returns what opens it */
export async function refreshHeld(
  { world, provider }: Pick<VaultDevice, 'world' | 'provider'>,
  { vault }: Pick<Opened, 'vault'>,
): Promise<() => void> {
  const { behaviour, open } = gate()
  provider.next('token', behaviour)
  vault.getToken({ forceRefresh: true }).catch(() => {})
  await world.settle()
  return open
}
