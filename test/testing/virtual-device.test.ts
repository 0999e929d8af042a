import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { VirtualDevice } from '../../src/testing/device/virtual-device.ts'
import { createOnlineDevice } from '../../src/testing/online-device.ts'
import { TestBed } from '../../src/testing/test-bed.ts'
import '../client/lazy.ts'

const offlineDevice = () => new VirtualDevice({ fetch: async () => new Response('') })

async function signedIn() {
  const bed = new TestBed(await createOnlineDevice({ rotate: true }))
  return { bed, ...(await bed.signIn(bed.open())) }
}

describe('settle', () => {
  test('waits for cryptography that the device did not see begin', async () => {
    const device = offlineDevice()
    let done = false
    const work = async () => {
      for (let i = 0; i < 20; i++) await crypto.subtle.digest('SHA-256', new Uint8Array(1_000_000))
      done = true
    }
    void work()
    await device.settle()
    expect(done).toBe(true)
  })

  test('does not wait for cryptography that was done at once', async () => {
    const device = offlineDevice()
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    sign('sha256', new Uint8Array(8), privateKey)
    await expect(device.settle()).resolves.toBeUndefined()
  })

  test('waits for a compression, which Node does in a thread too', async () => {
    const device = new VirtualDevice({ fetch: async () => new Response('') })
    const much = new Blob([crypto.getRandomValues(new Uint8Array(60_000))])
    let isDone = false
    const packed = new Blob([much, much, much, much, much]).stream()
    const unpacked = packed
      .pipeThrough(new CompressionStream('gzip'))
      .pipeThrough(new DecompressionStream('gzip'))
    void new Response(unpacked).arrayBuffer().then(() => (isDone = true))
    await device.settle()
    expect(isDone).toBe(true)
  })

  test('waits for what the host of the device says is under way', async () => {
    let busy = true
    const device = new VirtualDevice({ fetch: async () => new Response(''), isBusy: () => busy })
    setTimeout(() => (busy = false), 20)
    await device.settle()
    expect(busy).toBe(false)
  })
})

describe('a tab', () => {
  test('keeps its session storage when it is reloaded, and shares the worker', async () => {
    const { bed, tab } = await signedIn()
    tab.storage.set('mine', '1')
    const reloaded = bed.open({}, bed.device.reload(tab))
    expect(reloaded.tab.storage.get('mine')).toBe('1')
    expect(reloaded.tab.href).toBe(tab.href)
    expect((await reloaded.client.whenSettled()).status).toBe('signed-in')
    expect(bed.device.hosts.size).toBe(1)
  })

  test('of another version of the app has another worker', async () => {
    const { bed } = await signedIn()
    const other = bed.open({}, { version: '2' })
    expect((await other.client.whenSettled()).status).toBe('signed-out')
    expect(bed.device.hosts.size).toBe(2)
  })

  test('that is frozen hears nothing, and all of it when it thaws', async () => {
    const { bed, tab, client } = await signedIn()
    const other = bed.open()
    await other.client.whenSettled()
    tab.freeze()
    await other.client.signOut({ provider: false })
    await bed.device.settle()
    expect(client.getSession().status).toBe('signed-in')
    tab.thaw()
    await bed.device.settle()
    expect(client.getSession().status).toBe('signed-out')
  })

  test('that is back from the back-forward cache knows of a sign-out meanwhile', async () => {
    const { bed, tab, client } = await signedIn()
    client.start()
    const other = bed.open()
    await other.client.whenSettled()
    tab.enterBackForwardCache()
    await other.client.signOut({ provider: false })
    await bed.device.settle()
    tab.leaveBackForwardCache()
    await bed.device.advance(5000)
    expect(client.getSession().status).toBe('signed-out')
  })

  test.each(['toWorker', 'toPage'] as const)(
    'holds messages %s until they are let go',
    async (way) => {
      const { bed, tab, client } = await signedIn()
      tab[way].mode = 'hold'
      const asked = client.getUserInfo()
      let answered = false
      void asked.then(() => (answered = true))
      await bed.device.advance(1000)
      expect(answered).toBe(false)
      expect(bed.provider.requests('userinfo')).toHaveLength(way === 'toPage' ? 1 : 0)
      tab[way].release()
      expect(await asked).toMatchObject({ sub: 'user-1' })
    },
  )

  test('whose messages are lost is told in time', async () => {
    const { bed, tab, client } = await signedIn()
    tab.toWorker.mode = 'lose'
    const asked = client.getUserInfo()
    const refused = expect(asked).rejects.toMatchObject({ code: 'vault_unavailable' })
    await bed.device.advance(120_000)
    await refused
  })
})

test('a worker that is killed says nothing more, and the next one knows nothing', async () => {
  const { bed, client } = await signedIn()
  bed.device.killWorker()
  const asked = client.getUserInfo()
  const refused = expect(asked).rejects.toMatchObject({ code: 'vault_unavailable' })
  await bed.device.advance(120_000)
  await refused
  const fresh = bed.open()
  expect((await fresh.client.whenSettled()).status).toBe('signed-out')
})

test('a thread that is gone gets no answer, no timer and no message, and its lock is free', async () => {
  const device = offlineDevice()
  const [gone, other] = [device.thread(), device.thread()]
  const heard: string[] = []
  gone.channel('news')?.listen(() => heard.push('message'))
  gone.timer(() => heard.push('timer'), 10)
  void gone.fetch('https://op.example/', {}).then(() => heard.push('answer'))
  void gone.locks?.request('one', {}, () => new Promise(() => {}))
  gone.close()
  other.channel('news')?.post('hello')
  let taken = false
  void other.locks?.request('one', {}, async () => void (taken = true))
  await device.advance(100)
  expect(heard).toEqual([])
  expect(taken).toBe(true)
})

test('the network is taken away, and comes back', async () => {
  const device = offlineDevice()
  const thread = device.thread()
  device.online = false
  await expect(thread.fetch('https://op.example/', {})).rejects.toThrow('Failed to fetch')
  device.online = true
  expect((await thread.fetch('https://op.example/', {})).ok).toBe(true)
})
