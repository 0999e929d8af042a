import { VirtualDevice, type VirtualDeviceOptions } from './device/virtual-device.ts'
import type { TestProviderOptions } from './provider/options.ts'
import { createTestProvider, type TestProvider } from './provider/test-provider.ts'

export interface OnlineDevice {
  device: VirtualDevice
  provider: TestProvider
}

/** A device whose network leads to a provider that goes by the device's clock. */
export async function createOnlineDevice(
  options: TestProviderOptions = {},
  { relay = false }: Pick<VirtualDeviceOptions, 'relay'> = {},
): Promise<OnlineDevice> {
  const device: VirtualDevice = new VirtualDevice({
    fetch: (url, init) => provider.fetch(url, init),
    isBusy: () => provider.acting,
    relay,
  })
  const provider = await createTestProvider({ now: () => device.wall, ...options })
  return { device, provider }
}
